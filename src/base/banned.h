/* Functions that have no safe use here fail to compile. Include it last, in every .c file. */
#ifndef QN_BASE_BANNED_H
#define QN_BASE_BANNED_H

#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#undef strtok
#undef strtok_r
#undef atoi
#undef atol
#undef atoll
#undef atof
#undef gets
#undef ctime
#undef ctime_r
#undef asctime
#undef asctime_r
#undef gmtime
#undef localtime
#undef strdupa
#undef alloca

#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok strtok_r atoi atol atoll atof gets \
	ctime ctime_r asctime asctime_r gmtime localtime strdupa alloca

#endif

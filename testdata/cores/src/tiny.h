/* A program without libraries, for cores of a few kilobytes: system calls, threads on stacks in .bss, and
 * glibc-shaped locks (struct __pthread_mutex_s: lock word, count, owner at 8). */
#ifndef TINY_H
#define TINY_H

typedef unsigned long word;

#define NOINLINE __attribute__((noinline, noclone))
#define STACK_BYTES 4096

#ifdef __x86_64__
enum { SYS_futex = 202, SYS_clone = 56, SYS_gettid = 186, SYS_tgkill = 234,
       SYS_getpid = 39, SYS_exit = 60, SYS_nanosleep = 35 };

static inline long call(long number, word a, word b, word c, word d, word e)
{
	register word r10 __asm__("r10") = d;
	register word r8 __asm__("r8") = e;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

__asm__(".globl _start\n.type _start,@function\n_start:\n.cfi_startproc\n.cfi_undefined rip\n"
	"xor %ebp,%ebp\ncall run\nhlt\n.cfi_endproc\n.size _start,.-_start\n"
	/* clone_thread(stack top): the child returns into thread_start with an empty frame */
	".globl clone_thread\n.type clone_thread,@function\nclone_thread:\n.cfi_startproc\n"
	"mov %rdi,%rsi\nmov $0x50f00,%edi\nxor %edx,%edx\nxor %r10d,%r10d\nxor %r8d,%r8d\nmov $56,%eax\nsyscall\n"
	"test %eax,%eax\nje thread_start\nret\n.cfi_endproc\n.size clone_thread,.-clone_thread\n"
	".type thread_start,@function\nthread_start:\n.cfi_startproc\n.cfi_undefined rip\n"
	"xor %ebp,%ebp\npop %rdi\npop %rax\ncall *%rax\nhlt\n.cfi_endproc\n.size thread_start,.-thread_start\n");
#else
enum { SYS_futex = 98, SYS_clone = 220, SYS_gettid = 178, SYS_tgkill = 131, SYS_getpid = 172, SYS_exit = 93,
       SYS_nanosleep = 101 };

static inline long call(long number, word a, word b, word c, word d, word e)
{
	register word x8 __asm__("x8") = (word)number;
	register word x0 __asm__("x0") = a;
	register word x1 __asm__("x1") = b;
	register word x2 __asm__("x2") = c;
	register word x3 __asm__("x3") = d;
	register word x4 __asm__("x4") = e;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return (long)x0;
}

__asm__(".globl _start\n.type _start,@function\n_start:\n.cfi_startproc\n.cfi_undefined x30\n"
	"mov x29,#0\nmov x30,#0\nbl run\nbrk #0\n.cfi_endproc\n.size _start,.-_start\n"
	".globl clone_thread\n.type clone_thread,@function\nclone_thread:\n.cfi_startproc\n"
	"mov x1,x0\nmov x0,#0x0f00\nmovk x0,#0x5,lsl #16\nmov x2,#0\nmov x3,#0\nmov x4,#0\nmov x8,#220\nsvc #0\n"
	"cbz x0,thread_start\nret\n.cfi_endproc\n.size clone_thread,.-clone_thread\n"
	".type thread_start,@function\nthread_start:\n.cfi_startproc\n.cfi_undefined x30\n"
	"mov x29,#0\nmov x30,#0\nldp x0,x1,[sp],#16\nblr x1\nbrk #0\n.cfi_endproc\n.size thread_start,.-thread_start\n");
#endif

long clone_thread(void *stack);

/* CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM; the stack's top holds argument and function. */
static inline void start_thread(char *stack, void (*function)(word), word argument)
{
	word *top = (word *)(stack + STACK_BYTES) - 2;

	top[0] = argument;
	top[1] = (word)function;
	clone_thread(top);
}

static inline void nap(long nanoseconds)
{
	long time[2] = {0, nanoseconds};

	call(SYS_nanosleep, (word)time, 0, 0, 0, 0);
}

struct mutex { /* as glibc's */
	int lock;
	unsigned count;
	int owner;
	unsigned users;
	int kind;
};

NOINLINE static void lock_wait(struct mutex *mutex)
{
	while (__atomic_exchange_n(&mutex->lock, 2, __ATOMIC_ACQUIRE))
		call(SYS_futex, (word)&mutex->lock, 128 /* FUTEX_WAIT_PRIVATE */, 2, 0, 0);
}

NOINLINE static void mutex_lock(struct mutex *mutex)
{
	int free = 0;

	if (!__atomic_compare_exchange_n(&mutex->lock, &free, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		lock_wait(mutex);
	mutex->owner = (int)call(SYS_gettid, 0, 0, 0, 0, 0);
	mutex->users++;
}

NOINLINE static void sleep_forever(int *word_)
{
	for (;;)
		call(SYS_futex, (word)word_, 128, (word)*word_, 0, 0);
}

NOINLINE static void die(int signal)
{
	call(SYS_tgkill, (word)call(SYS_getpid, 0, 0, 0, 0, 0), (word)call(SYS_gettid, 0, 0, 0, 0, 0),
	     (word)signal, 0, 0);
}

void run(void);

#endif

#include "support/crash_feed.h"

int main(void)
{
	return 0;
}

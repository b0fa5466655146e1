#include "support/crash_feed.h"

/* The one door to elfutils: libelf, libdw and libdwfl. */
#ifndef QN_CORE_ELFUTILS_H
#define QN_CORE_ELFUTILS_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <elfutils/version.h>
#include <gelf.h>
#include <libelf.h>

#endif

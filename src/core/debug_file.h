/* How libdwfl gets at the files of modules: the programs themselves, and separate debug information. */
#ifndef QN_CORE_DEBUG_FILE_H
#define QN_CORE_DEBUG_FILE_H

#include "core/modules.h"
#include "core/symbols_table.h"

extern const Dwfl_Callbacks qn_module_callbacks;

/* Its file is not here, but a server could have it. */
bool qn_module_may_be_fetched(const struct qn_modules *modules, const struct qn_module *module);

#endif

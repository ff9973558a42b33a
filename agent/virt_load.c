/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libvirt at run time: see virt_load.h. Every function of virt_functions.def exists here under its own name and passes the call on, so the
 * rest of the agent uses libvirt's header as always. They are not exported: libvirt itself never meets them.
 */
#include "agent/virt_load.h"
#include "agent/virt.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define LIBRARY "libvirt.so.0"

typedef struct VirtFunctions {
#define VIRT_FUNCTION(result, name, parameters, arguments) result (*name) parameters;
#include "agent/virt_functions.def"
#undef VIRT_FUNCTION
} VirtFunctions;

static VirtFunctions functions; /* constant once loaded is set */
static atomic_bool loaded;

#define VIRT_FUNCTION(result, name, parameters, arguments) \
    result name parameters { return functions.name arguments; }
#include "agent/virt_functions.def"
#undef VIRT_FUNCTION

/* The name of the first function that the library lacks, or NULL. */
static const char *find_all(void *library, VirtFunctions *ret)
{
#define VIRT_FUNCTION(result, name, parameters, arguments) \
    ret->name = (__typeof__(ret->name))dlsym(library, #name); \
    if (!ret->name) \
        return #name;
#include "agent/virt_functions.def"
#undef VIRT_FUNCTION
    return NULL;
}

/* What the loader says, without the file's name at its beginning. */
static char *loader_text(void)
{
    const char *text = str_or_empty(dlerror());
    static const char name[] = LIBRARY ": ";
    return x_strdup(strncmp(text, name, strlen(name)) == 0 ? text + strlen(name) : text);
}

char *virt_load(void)
{
    if (virt_loaded())
        return NULL;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        AUTO_FREE char *why = loader_text();
        return x_printf("its library %s cannot be loaded (%s)", LIBRARY, why);
    }
    VirtFunctions found;
    const char *missing = find_all(library, &found);
    if (missing) {
        dlclose(library);
        return x_printf("its library %s is too old: it has no %s", LIBRARY, missing);
    }
    functions = found;
    atomic_store(&loaded, true);
    return NULL;
}

bool virt_loaded(void) { return atomic_load(&loaded); }

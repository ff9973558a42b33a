/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The carried agent: see agent_files.h. */
#include "client/core/agent_files.h"

#include "client/core/port.h"

#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_MAX = 100 };

static bool plain_word(const char *word)
{
    return !str_empty(word) && strspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == strlen(word);
}

/* NULL: there is none; the caller frees. */
static char *folder_path(void)
{
    const char *wanted = getenv("POOLCENTER_AGENT_FOLDER");
    if (!str_empty(wanted))
        return x_strdup(wanted);
    AUTO_FREE char *program = port_program_folder();
    AUTO_FREE char *beside = port_join(program, "agent");
    AUTO_FREE char *version = port_join(beside, "version");
    if (port_file_exists(version))
        return TAKE_PTR(beside);
#ifndef __MINGW32__
    if (port_file_exists("/usr/lib/poolcenter/agent/version"))
        return x_strdup("/usr/lib/poolcenter/agent");
#endif
    return NULL;
}

static char *program_path(const char *machine)
{
    AUTO_FREE char *folder = folder_path();
    AUTO_FREE char *name = x_printf("poolagentd-%s", machine);
    return folder && plain_word(machine) ? port_join(folder, name) : NULL;
}

char *agent_files_version(void)
{
    AUTO_FREE char *folder = folder_path();
    if (!folder)
        return NULL;
    AUTO_FREE char *path = port_join(folder, "version");
    char *version = NULL;
    size_t size = 0;
    if (port_read_whole(path, VERSION_MAX, &version, &size, NULL) < 0)
        return NULL;
    version[strcspn(version, " \r\n")] = 0;
    return version;
}

bool agent_files_has(const char *machine)
{
    AUTO_FREE char *path = program_path(machine);
    return path && port_file_exists(path);
}

int agent_files_read(const char *machine, AgentProgram *ret, Error *err)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    AUTO_FREE char *path = program_path(machine);
    *ret = (AgentProgram){ 0 };
    if (!path || !port_file_exists(path))
        return error_set(err, ERR_AGENT_NO_PROGRAM, str_or_empty(machine), "%s", path ? path : "there is no folder 'agent' beside the program");
    int code = port_read_whole(path, AGENT_PROGRAM_MAX, &ret->bytes, &ret->size, err);
    if (code < 0)
        return code;
    SHA256((const unsigned char *)ret->bytes, ret->size, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        static const char digits[] = "0123456789abcdef";
        ret->sha256[2 * i] = digits[digest[i] >> 4];
        ret->sha256[2 * i + 1] = digits[digest[i] & 15];
    }
    return 0;
}

void agent_program_clear(AgentProgram *program)
{
    free(program->bytes);
    *program = (AgentProgram){ 0 };
}

int agent_version_compare(const char *a, const char *b)
{
    for (;;) {
        char *a_end = NULL, *b_end = NULL;
        unsigned long x = strtoul(a, &a_end, 10), y = strtoul(b, &b_end, 10);
        if (x != y)
            return x < y ? -1 : 1;
        bool a_more = *a_end == '.', b_more = *b_end == '.';
        if (!a_more && !b_more)
            return 0;
        a = a_more ? a_end + 1 : "";
        b = b_more ? b_end + 1 : "";
    }
}

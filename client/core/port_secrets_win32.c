/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * port_secrets.h for Windows: VirtualLock, and generic credentials in the Windows Credential Manager, where the user can see and delete them
 * (Control Panel, cmdkey). Their secrets are UTF-16, as cmdkey writes them. Any thread.
 */
#include "client/core/port_secrets.h"

#include "protocol/util.h"

#include <windows.h>

#include <stdlib.h>
#include <wchar.h>
#include <wincred.h>

void *port_secret_alloc(size_t size)
{
    void *memory = VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
    if (!memory)
        abort();
    VirtualLock(memory, size); /* refused when the working set is too small for it: the secret is usable all the same */
    return memory;
}

void port_secret_free(void *memory, size_t size)
{
    if (!memory)
        return;
    x_wipe(memory, size);
    VirtualFree(memory, 0, MEM_RELEASE);
}

/* ---- Credential Manager */

static wchar_t *wide(const char *text)
{
    int length = MultiByteToWideChar(CP_UTF8, 0, text, -1, NULL, 0);
    wchar_t *result = x_calloc((size_t)length + 1, sizeof *result);
    MultiByteToWideChar(CP_UTF8, 0, text, -1, result, length);
    return result;
}

static void free_wide_secret(wchar_t **secret)
{
    if (*secret)
        x_wipe(*secret, wcslen(*secret) * sizeof **secret);
    free(*secret);
}

static int fail(Error *err, const char *name)
{
    DWORD code = GetLastError();
    return error_set(err, ERR_CREDENTIALS, name, "the Windows Credential Manager answers with error %lu", (unsigned long)code);
}

bool port_store_exists(void) { return true; }

static char *narrow_secret(const BYTE *bytes, DWORD size)
{
    const wchar_t *words = (const wchar_t *)(const void *)bytes;
    int count = (int)(size / sizeof *words);
    int length = count ? WideCharToMultiByte(CP_UTF8, 0, words, count, NULL, 0, NULL, NULL) : 0;
    char *result = x_calloc((size_t)length + 1, 1);
    if (length)
        WideCharToMultiByte(CP_UTF8, 0, words, count, result, length, NULL, NULL);
    return result;
}

int port_store_find(const char *name, char **ret, Error *err)
{
    AUTO_FREE wchar_t *target = wide(name);
    CREDENTIALW *found = NULL;
    if (!CredReadW(target, CRED_TYPE_GENERIC, 0, &found))
        return GetLastError() == ERROR_NOT_FOUND ? 1 : fail(err, name);
    *ret = narrow_secret(found->CredentialBlob, found->CredentialBlobSize);
    if (found->CredentialBlob)
        x_wipe(found->CredentialBlob, found->CredentialBlobSize);
    CredFree(found);
    return 0;
}

int port_store_put(const char *name, const char *user, const char *secret, Error *err)
{
    AUTO_FREE wchar_t *target = wide(name);
    AUTO_FREE wchar_t *who = wide(user);
    AUTO(free_wide_secret) wchar_t *words = wide(secret);
    CREDENTIALW credential = {
        .Type = CRED_TYPE_GENERIC,
        .TargetName = target,
        .UserName = who,
        .CredentialBlob = (BYTE *)words,
        .CredentialBlobSize = (DWORD)(wcslen(words) * sizeof *words),
        .Persist = CRED_PERSIST_LOCAL_MACHINE, /* this user on this machine: no roaming */
    };
    return CredWriteW(&credential, 0) ? 0 : fail(err, name);
}

int port_store_remove(const char *name, Error *err)
{
    AUTO_FREE wchar_t *target = wide(name);
    return CredDeleteW(target, CRED_TYPE_GENERIC, 0) || GetLastError() == ERROR_NOT_FOUND ? 0 : fail(err, name);
}

void port_store_remove_all(const char *prefix)
{
    AUTO_FREE char *pattern = x_printf("%s*", prefix);
    AUTO_FREE wchar_t *filter = wide(pattern);
    CREDENTIALW **found = NULL;
    DWORD count = 0;

    if (!CredEnumerateW(filter, 0, &count, &found))
        return;
    for (DWORD i = 0; i < count; i++)
        if (found[i]->Type == CRED_TYPE_GENERIC)
            CredDeleteW(found[i]->TargetName, CRED_TYPE_GENERIC, 0);
    CredFree(found);
}

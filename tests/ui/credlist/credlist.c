/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Another program's view of the Windows Credential Manager, for test_passwords.py: a line "name<TAB>user<TAB>secret" for each generic credential;
 * "credlist clear" removes PoolCenter's. Depends on nothing of ours.
 */
#include <stdio.h>
#include <wchar.h>
#include <windows.h>

#include <wincred.h>

static void print_all(void)
{
    DWORD count = 0;
    CREDENTIALW **found = NULL;
    if (!CredEnumerateW(NULL, 0, &count, &found))
        return;
    for (DWORD i = 0; i < count; i++)
        wprintf(L"%ls\t%ls\t%.*ls\n", found[i]->TargetName, found[i]->UserName ? found[i]->UserName : L"", (int)(found[i]->CredentialBlobSize / sizeof(wchar_t)),
                (const wchar_t *)(const void *)found[i]->CredentialBlob);
    CredFree(found);
}

static void remove_ours(void)
{
    DWORD count = 0;
    CREDENTIALW **found = NULL;
    if (!CredEnumerateW(L"PoolCenter/*", 0, &count, &found))
        return;
    for (DWORD i = 0; i < count; i++)
        CredDeleteW(found[i]->TargetName, found[i]->Type, 0);
    CredFree(found);
}

int wmain(int argc, wchar_t **argv); /* mingw-w64 declares it nowhere */

int wmain(int argc, wchar_t **argv)
{
    if (argc == 2 && wcscmp(argv[1], L"clear") == 0)
        remove_ours();
    else
        print_all();
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* port_putty.h for Windows: HKEY_CURRENT_USER\Software\SimonTatham\PuTTY\Sessions. */
#include "client/core/port_putty.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SESSIONS L"Software\\SimonTatham\\PuTTY\\Sessions"

enum { SESSIONS_MAX = 2000, NAME_MAX_CHARS = 512, VALUE_MAX_CHARS = 1024 };

static char *narrow(const wchar_t *text)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
    char *result = x_calloc((size_t)size + 1, 1);
    WideCharToMultiByte(CP_UTF8, 0, text, -1, result, size, NULL, NULL);
    return result;
}

/* "" when it is missing. */
static char *text_value(HKEY key, const wchar_t *name)
{
    wchar_t value[VALUE_MAX_CHARS] = L"";
    DWORD size = sizeof value;
    return RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, value, &size) == ERROR_SUCCESS ? narrow(value) : x_strdup("");
}

static DWORD number_value(HKEY key, const wchar_t *name, DWORD fallback)
{
    DWORD value = 0, size = sizeof value;
    return RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, &value, &size) == ERROR_SUCCESS ? value : fallback;
}

/* Key names have %XX for what the registry or PuTTY does not like. */
static void unescape(wchar_t *name)
{
    wchar_t *to = name;
    for (const wchar_t *at = name; *at; at++) {
        wchar_t digits[3] = {0}, *end = NULL;
        if (*at == L'%' && at[1] && at[2]) {
            digits[0] = at[1];
            digits[1] = at[2];
            unsigned long code = wcstoul(digits, &end, 16);
            if (end == digits + 2 && code) {
                *to++ = (wchar_t)code;
                at += 2;
                continue;
            }
        }
        *to++ = *at;
    }
    *to = 0;
}

static void read_session(HKEY sessions, wchar_t *name, void (*found)(void *context, const PuttySession *session), void *context)
{
    HKEY key = NULL;
    if (RegOpenKeyExW(sessions, name, 0, KEY_READ, &key) != ERROR_SUCCESS)
        return;
    unescape(name);
    AUTO_FREE char *title = narrow(name);
    AUTO_FREE char *host = text_value(key, L"HostName");
    AUTO_FREE char *user = text_value(key, L"UserName");
    AUTO_FREE char *key_file = text_value(key, L"PublicKeyFile");
    AUTO_FREE char *protocol = text_value(key, L"Protocol");
    DWORD port = number_value(key, L"PortNumber", 22);
    RegCloseKey(key);
    PuttySession session = {title, host, port > 0 && port < 65536 ? (int)port : 22, user, key_file};
    if (!str_empty(host) && str_equal(protocol, "ssh"))
        found(context, &session);
}

void port_putty_sessions(void (*found)(void *context, const PuttySession *session), void *context)
{
    HKEY sessions = NULL;
    if (RegOpenKeyExW(HKEY_CURRENT_USER, SESSIONS, 0, KEY_READ, &sessions) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; i < SESSIONS_MAX; i++) {
        wchar_t name[NAME_MAX_CHARS];
        DWORD length = NAME_MAX_CHARS;
        LSTATUS status = RegEnumKeyExW(sessions, i, name, &length, NULL, NULL, NULL, NULL);
        if (status == ERROR_NO_MORE_ITEMS)
            break;
        if (status == ERROR_SUCCESS)
            read_session(sessions, name, found, context);
    }
    RegCloseKey(sessions);
}

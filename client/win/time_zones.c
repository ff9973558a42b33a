/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time zones: see time_zones.h. The registry lists them; EnumDynamicTimeZoneInformation, which would, is missing in older Windows. */
#include "client/win/time_zones.h"

#include "client/win/utf.h"

#include <windows.h>

#define ZONES L"SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Time Zones"

enum { ZONES_MAX = 1000, NAME_CHARS = 256 };

char *time_zone_own(void)
{
    DYNAMIC_TIME_ZONE_INFORMATION zone = {0};
    if (GetDynamicTimeZoneInformation(&zone) == TIME_ZONE_ID_INVALID || !zone.TimeZoneKeyName[0])
        return NULL;
    return utf_from_wide(zone.TimeZoneKeyName);
}

void time_zones_list(StrList *ret)
{
    HKEY zones = NULL;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, ZONES, 0, KEY_READ, &zones) != ERROR_SUCCESS)
        return;
    for (DWORD i = 0; i < ZONES_MAX; i++) {
        wchar_t name[NAME_CHARS];
        DWORD length = NAME_CHARS;
        LSTATUS status = RegEnumKeyExW(zones, i, name, &length, NULL, NULL, NULL, NULL);
        if (status == ERROR_NO_MORE_ITEMS)
            break;
        AUTO_FREE char *zone = status == ERROR_SUCCESS ? utf_from_wide(name) : NULL;
        if (zone)
            StrList_add(ret, zone);
    }
    RegCloseKey(zones);
}

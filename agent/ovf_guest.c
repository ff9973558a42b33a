/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Operating systems: see ovf_guest.h. VMware's words: VirtualMachineGuestOsIdentifier of the vSphere API; VirtualBox's: VBoxManage list ostypes. */
#include "agent/ovf_guest.h"

#include <stdlib.h>
#include <string.h>

/* Parts of words without spaces, signs and case; the first row that fits counts, so the finer ones stand first. */
static const struct { const char *part; const char *kind; } words[] = {
    { "windows2025", "win2k25" }, { "windows2022", "win2k22" }, { "windows2019", "win2k19" }, { "windowsserver2022", "win2k22" },
    { "windowsserver2025", "win2k25" }, { "windowsserver2019", "win2k19" }, { "windowsserver2016", "win2k16" }, { "windowsserver2012r2", "win2k12r2" },
    { "windows2016", "win2k16" }, { "windows2012", "win2k12r2" }, { "windows2008", "win2k8r2" }, { "windows9server", "win2k16" },
    { "windows8server", "win2k12r2" }, { "windows7server", "win2k8r2" }, { "windows11", "win11" }, { "windows12", "win11" },
    { "windows10", "win10" }, { "windows9", "win10" }, { "windows81", "win8.1" }, { "windows8", "win8.1" }, { "windows7", "win7" },
    { "windows", "win10" }, { "winxp", "win7" }, { "winnet", "win7" },
    { "debian11", "debian11" }, { "debian10", "debian11" }, { "debian", "debian12" }, { "ubuntu22", "ubuntu22.04" }, { "ubuntu", "ubuntu24.04" },
    { "centos8", "rhel8.0" }, { "rhel8", "rhel8.0" }, { "rhel", "rhel9.0" }, { "redhat", "rhel9.0" }, { "rocky", "rocky9" }, { "alma", "almalinux9" },
    { "centos", "centos-stream9" }, { "oracle", "rhel9.0" }, { "fedora", "fedora-unknown" }, { "opensuse", "opensuse15.5" }, { "sles", "sles15" },
    { "suse", "sles15" }, { "arch", "archlinux" }, { "alpine", "alpinelinux3.19" }, { "freebsd13", "freebsd13.0" }, { "freebsd", "freebsd14.0" },
    { "openbsd", "openbsd7.4" }, { "netbsd", "netbsd10.0" }, { "solaris", "solaris11" }, { "dos", "freedos1.2" }, { "linux", "linux2022" },
};

static const struct { int number; const char *kind; } numbers[] = {
    { 36, "linux2022" }, { 79, "rhel9.0" }, { 80, "rhel9.0" }, { 82, "sles15" }, { 83, "sles15" }, { 84, "sles15" }, { 85, "sles15" },
    { 93, "ubuntu24.04" }, { 94, "ubuntu24.04" }, { 95, "debian12" }, { 96, "debian12" }, { 100, "linux2022" }, { 101, "linux2022" },
    { 103, "win2k8r2" }, { 105, "win7" }, { 106, "centos-stream9" }, { 107, "centos-stream9" }, { 108, "rhel9.0" }, { 109, "rhel9.0" },
    { 112, "win2k12r2" }, { 113, "win8.1" }, { 114, "win8.1" }, { 115, "win2k12r2" }, { 116, "win2k16" }, { 117, "win8.1" }, { 118, "win8.1" },
    { 119, "win10" }, { 120, "win10" }, { 29, "solaris11" }, { 42, "freebsd14.0" }, { 78, "freebsd14.0" },
};

static char *squeezed(const char *text)
{
    char *out = x_calloc(strlen(text) + 1, 1);
    size_t used = 0;
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            out[used++] = (char)(*text - 'A' + 'a');
        else if ((*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9'))
            out[used++] = *text;
    return out;
}

static const char *kind_of_words(const char *text)
{
    if (str_empty(text))
        return NULL;
    AUTO_FREE char *plain = squeezed(text);
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strstr(plain, words[i].part))
            return words[i].kind;
    return NULL;
}

const char *ovf_guest_kind(const char *word, const char *description, int64_t cim)
{
    const char *kind = kind_of_words(word);
    if (!kind)
        kind = kind_of_words(description);
    for (size_t i = 0; i < ARRAY_SIZE(numbers) && !kind; i++)
        if (numbers[i].number == cim)
            kind = numbers[i].kind;
    return kind ? kind : "generic";
}

/* For writing; the first row whose beginning the kind has. */
static const struct { const char *kind; const char *word; int number; } names[] = {
    { "debian12", "debian12_64Guest", 96 }, { "debian", "debian11_64Guest", 96 }, { "ubuntu", "ubuntu64Guest", 94 }, { "rhel8", "rhel8_64Guest", 80 },
    { "rhel", "rhel9_64Guest", 80 }, { "rocky", "rockylinux_64Guest", 80 }, { "alma", "almalinux_64Guest", 80 }, { "centos", "centos9_64Guest", 107 },
    { "fedora", "fedora64Guest", 101 }, { "sles", "sles15_64Guest", 85 }, { "opensuse", "opensuse64Guest", 101 }, { "win11", "windows11_64Guest", 120 },
    { "win10", "windows9_64Guest", 120 }, { "win8", "windows8_64Guest", 114 }, { "win7", "windows7_64Guest", 105 }, { "win2k2", "windows2022srvNext_64Guest", 116 },
    { "win2k19", "windows2019srv_64Guest", 116 }, { "win2k16", "windows9Server64Guest", 116 }, { "win2k12", "windows8Server64Guest", 115 },
    { "win2k8", "windows7Server64Guest", 103 }, { "freebsd14", "freebsd14_64Guest", 78 }, { "freebsd", "freebsd13_64Guest", 78 },
    { "solaris", "solaris11_64Guest", 29 }, { "freedos", "dosGuest", 1 }, { "linux", "other5xLinux64Guest", 101 }, { "arch", "other5xLinux64Guest", 101 },
    { "alpine", "other5xLinux64Guest", 101 },
};

static size_t name_row(const char *kind)
{
    size_t i = 0;
    while (i < ARRAY_SIZE(names) && !(kind && strncmp(kind, names[i].kind, strlen(names[i].kind)) == 0))
        i++;
    return i;
}

const char *ovf_guest_word(const char *kind)
{
    size_t row = name_row(kind);
    return row < ARRAY_SIZE(names) ? names[row].word : "otherGuest64";
}

int ovf_guest_number(const char *kind)
{
    size_t row = name_row(kind);
    return row < ARRAY_SIZE(names) ? names[row].number : 102; /* other, 64 bit */
}

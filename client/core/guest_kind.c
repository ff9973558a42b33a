/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Guest systems the New VM wizard offers, with defaults that let their installers run well. Ids are osinfo short ids where there is one.
 * Windows installers have no virtio drivers: SATA and e1000e there. Static data; any thread.
 */
#include "client/core/new_vm.h"

#define MIB(n) ((int64_t)(n) << 20)
#define GIB(n) ((int64_t)(n) << 30)
#define MODERN DISK_BUS_VIRTIO, NIC_MODEL_VIRTIO
#define PLAIN DISK_BUS_SATA, NIC_MODEL_E1000E
#define OLD DISK_BUS_SATA, NIC_MODEL_E1000

static const GuestKind kinds[] = {
    { "debian12", "Debian 12", "Linux", 2, GIB(2), GIB(20), MODERN, FIRMWARE_BIOS },
    { "debian11", "Debian 11", "Linux", 2, GIB(2), GIB(20), MODERN, FIRMWARE_BIOS },
    { "ubuntu24.04", "Ubuntu 24.04 LTS", "Linux", 2, GIB(4), GIB(25), MODERN, FIRMWARE_BIOS },
    { "ubuntu22.04", "Ubuntu 22.04 LTS", "Linux", 2, GIB(4), GIB(25), MODERN, FIRMWARE_BIOS },
    { "rhel9.0", "Red Hat Enterprise Linux 9", "Linux", 2, GIB(4), GIB(20), MODERN, FIRMWARE_BIOS },
    { "rhel8.0", "Red Hat Enterprise Linux 8", "Linux", 2, GIB(4), GIB(20), MODERN, FIRMWARE_BIOS },
    { "centos-stream9", "CentOS Stream 9", "Linux", 2, GIB(4), GIB(20), MODERN, FIRMWARE_BIOS },
    { "rocky9", "Rocky Linux 9", "Linux", 2, GIB(4), GIB(20), MODERN, FIRMWARE_BIOS },
    { "almalinux9", "AlmaLinux 9", "Linux", 2, GIB(4), GIB(20), MODERN, FIRMWARE_BIOS },
    { "fedora-unknown", "Fedora", "Linux", 2, GIB(4), GIB(25), MODERN, FIRMWARE_BIOS },
    { "sles15", "SUSE Linux Enterprise Server 15", "Linux", 2, GIB(4), GIB(30), MODERN, FIRMWARE_BIOS },
    { "opensuse15.5", "openSUSE Leap 15", "Linux", 2, GIB(4), GIB(30), MODERN, FIRMWARE_BIOS },
    { "opensusetumbleweed", "openSUSE Tumbleweed", "Linux", 2, GIB(4), GIB(30), MODERN, FIRMWARE_BIOS },
    { "archlinux", "Arch Linux", "Linux", 2, GIB(2), GIB(20), MODERN, FIRMWARE_BIOS },
    { "alpinelinux3.19", "Alpine Linux", "Linux", 1, MIB(512), GIB(4), MODERN, FIRMWARE_BIOS },
    { "linux2022", "Linux (other)", "Linux", 2, GIB(2), GIB(20), MODERN, FIRMWARE_BIOS },
    { "linux2007", "Linux (other, before 2010)", "Linux", 1, MIB(512), GIB(10), OLD, FIRMWARE_BIOS },
    { "win11", "Windows 11", "Windows", 2, GIB(8), GIB(64), PLAIN, FIRMWARE_UEFI },
    { "win10", "Windows 10", "Windows", 2, GIB(4), GIB(50), PLAIN, FIRMWARE_BIOS },
    { "win8.1", "Windows 8.1", "Windows", 2, GIB(2), GIB(40), PLAIN, FIRMWARE_BIOS },
    { "win7", "Windows 7", "Windows", 2, GIB(2), GIB(40), OLD, FIRMWARE_BIOS },
    { "win2k25", "Windows Server 2025", "Windows", 2, GIB(8), GIB(64), PLAIN, FIRMWARE_UEFI },
    { "win2k22", "Windows Server 2022", "Windows", 2, GIB(8), GIB(60), PLAIN, FIRMWARE_BIOS },
    { "win2k19", "Windows Server 2019", "Windows", 2, GIB(4), GIB(60), PLAIN, FIRMWARE_BIOS },
    { "win2k16", "Windows Server 2016", "Windows", 2, GIB(4), GIB(60), PLAIN, FIRMWARE_BIOS },
    { "win2k12r2", "Windows Server 2012 R2", "Windows", 2, GIB(4), GIB(50), PLAIN, FIRMWARE_BIOS },
    { "win2k8r2", "Windows Server 2008 R2", "Windows", 2, GIB(2), GIB(40), OLD, FIRMWARE_BIOS },
    { "freebsd14.0", "FreeBSD 14", "BSD", 2, GIB(2), GIB(20), MODERN, FIRMWARE_BIOS },
    { "freebsd13.0", "FreeBSD 13", "BSD", 2, GIB(2), GIB(20), MODERN, FIRMWARE_BIOS },
    { "openbsd7.4", "OpenBSD 7", "BSD", 1, GIB(1), GIB(20), MODERN, FIRMWARE_BIOS },
    { "netbsd10.0", "NetBSD 10", "BSD", 1, GIB(1), GIB(10), MODERN, FIRMWARE_BIOS },
    { "pfsense", "pfSense / OPNsense", "BSD", 2, GIB(2), GIB(16), MODERN, FIRMWARE_BIOS },
    { "truenas", "TrueNAS", "BSD", 2, GIB(8), GIB(16), MODERN, FIRMWARE_BIOS },
    { "solaris11", "Oracle Solaris 11", "Unix", 2, GIB(4), GIB(32), OLD, FIRMWARE_BIOS },
    { "openindiana", "OpenIndiana", "Unix", 2, GIB(4), GIB(32), OLD, FIRMWARE_BIOS },
    { "freedos1.2", "FreeDOS", "DOS", 1, MIB(64), GIB(1), DISK_BUS_SATA, NIC_MODEL_RTL8139, FIRMWARE_BIOS },
    { "generic", "Other", "Other", 1, GIB(1), GIB(10), PLAIN, FIRMWARE_BIOS },
    { "generic-uefi", "Other (UEFI)", "Other", 2, GIB(2), GIB(20), PLAIN, FIRMWARE_UEFI },
};

size_t guest_kind_count(void) { return ARRAY_SIZE(kinds); }
const GuestKind *guest_kind_at(size_t index) { return &kinds[index]; }

const GuestKind *guest_kind_find(const char *id)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (str_equal(kinds[i].id, id))
            return &kinds[i];
    return NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Guest systems as protocol/guest_kinds.def has them, for hosts that have not told theirs (host.guest_kinds). Static data; any thread. */
#include "client/core/new_vm.h"

#define MODERN DISK_BUS_VIRTIO, NIC_MODEL_VIRTIO
#define PLAIN DISK_BUS_SATA, NIC_MODEL_E1000E
#define OLD DISK_BUS_SATA, NIC_MODEL_E1000
#define VERY_OLD DISK_BUS_SATA, NIC_MODEL_RTL8139

/* cloud-init, answer file */
#define FIRST_START_CLOUD true, false
#define FIRST_START_ANSWERS false, true
#define FIRST_START_BY_HAND false, false

static const GuestKind kinds[] = {
#define GUEST_KIND(id, name, family, vcpus, mib, gib, devices, firmware, tpm, first_start, label) \
    { id, name, family, vcpus, (int64_t)(mib) << 20, (int64_t)(gib) << 30, devices, firmware, tpm, FIRST_START_##first_start, NULL, false },
#include "protocol/guest_kinds.def"
#undef GUEST_KIND
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

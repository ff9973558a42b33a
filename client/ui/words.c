/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words and icons of states: see words.h. */
#include "client/ui/words.h"

#include "client/core/format.h"
#include <icons.h>

#define WORD(value) [value] = TEXT_##value

TextId words_vm_state(VmState state)
{
    static const TextId words[VmState_COUNT] = {WORD(VM_STATE_UNKNOWN), WORD(VM_STATE_RUNNING), WORD(VM_STATE_PAUSED),
        WORD(VM_STATE_SHUTTING_DOWN), WORD(VM_STATE_OFF), WORD(VM_STATE_SAVED), WORD(VM_STATE_CRASHED)};
    return words[state];
}

TextId words_vm_kind(VmKind kind)
{
    static const TextId words[VmKind_COUNT] = {WORD(VM_KIND_UNKNOWN), WORD(VM_KIND_MACHINE), WORD(VM_KIND_CONTAINER)};
    return words[kind];
}

TextId words_firmware(Firmware firmware)
{
    static const TextId words[Firmware_COUNT] = {WORD(FIRMWARE_UNKNOWN), WORD(FIRMWARE_BIOS), WORD(FIRMWARE_UEFI)};
    return words[firmware];
}

TextId words_datastore_state(DatastoreState state)
{
    static const TextId words[DatastoreState_COUNT] = {WORD(DATASTORE_STATE_UNKNOWN), WORD(DATASTORE_STATE_ACTIVE),
        WORD(DATASTORE_STATE_INACTIVE), WORD(DATASTORE_STATE_DEGRADED)};
    return words[state];
}

char *words_datastore_type(const DatastoreInfo *datastore)
{
    static const struct { const char *type; TextId words; } types[] = {
        {"dir", TEXT_STORE_KIND_DIR}, {"fs", TEXT_STORE_KIND_FS}, {"netfs", TEXT_STORE_KIND_NETFS}, {"iscsi", TEXT_STORE_KIND_ISCSI},
        {"logical", TEXT_STORE_KIND_LVM}, {"zfs", TEXT_STORE_KIND_ZFS}, {"rbd", TEXT_STORE_KIND_RBD}, {"disk", TEXT_STORE_KIND_DISK}};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (str_equal(datastore->type, types[i].type))
            return x_strdup(text(types[i].words));
    return x_strdup(datastore->type);
}

char *words_datastore_choice(const DatastoreInfo *datastore)
{
    AUTO_FREE char *room = format_size(datastore->available);
    AUTO_FREE char *state = datastore->state == DATASTORE_STATE_ACTIVE ? text_format(TEXT_NEW_VM_STORE_FREE, room, NULL) : x_strdup(text(words_datastore_state(datastore->state)));
    return x_printf("%s (%s)", datastore->name, state);
}

TextId words_role(Role role)
{
    static const TextId words[Role_COUNT] = {WORD(ROLE_NONE), WORD(ROLE_VIEWER), WORD(ROLE_OPERATOR), WORD(ROLE_ADMIN)};
    return words[role];
}

TextId words_device(DiskDevice device)
{
    static const TextId words[DiskDevice_COUNT] = {[DISK_DEVICE_UNKNOWN] = TEXT_DEVICE_UNKNOWN, [DISK_DEVICE_DISK] = TEXT_DEVICE_DISK,
        [DISK_DEVICE_CDROM] = TEXT_DEVICE_CDROM, [DISK_DEVICE_FLOPPY] = TEXT_DEVICE_FLOPPY};
    return words[device];
}

int words_vm_icon(const VmInfo *vm)
{
    static const int icons[VmState_COUNT] = {[VM_STATE_UNKNOWN] = ICON_VM, [VM_STATE_RUNNING] = ICON_VM_RUNNING,
        [VM_STATE_PAUSED] = ICON_VM_PAUSED, [VM_STATE_SHUTTING_DOWN] = ICON_VM_STARTING, [VM_STATE_OFF] = ICON_VM_OFF,
        [VM_STATE_SAVED] = ICON_VM_PAUSED, [VM_STATE_CRASHED] = ICON_VM_CRASHED};

    if (vm->template)
        return ICON_VM_TEMPLATE;
    return icons[vm->state];
}

int words_permille(int64_t part, int64_t whole)
{
    if (whole <= 0 || part <= 0)
        return 0;
    return part >= whole ? 1000 : (int)((double)part / (double)whole * 1000.0);
}

int words_datastore_icon(const DatastoreInfo *datastore)
{
    if (datastore->state != DATASTORE_STATE_ACTIVE)
        return ICON_DATASTORE_OFF;
    return datastore->low ? ICON_DATASTORE_LOW : ICON_DATASTORE;
}

static char *and_word(char *line, const char *word)
{
    char *longer = *line ? x_printf("%s, %s", line, word) : x_strdup(word);
    free(line);
    return longer;
}

char *words_datastore_marks(const DatastoreInfo *datastore)
{
    char *line = x_strdup("");
    if (datastore->is_default)
        line = and_word(line, text(TEXT_STORE_MARK_DEFAULT));
    if (datastore->iso_library)
        line = and_word(line, text(TEXT_STORE_MARK_ISO));
    if (!datastore->autostart)
        line = and_word(line, text(TEXT_STORE_MARK_MANUAL));
    return line;
}

char *words_datastore_low(const DatastoreInfo *datastore)
{
    AUTO_FREE char *room = format_size(datastore->available);
    AUTO_FREE char *whole = format_size(datastore->capacity);
    return datastore->low ? text_format(TEXT_STORE_LOW, datastore->name, room, whole, NULL) : NULL;
}

char *words_datastore_provisioned(const DatastoreInfo *datastore)
{
    AUTO_FREE char *size = datastore->provisioned > 0 ? format_size(datastore->provisioned) : NULL;
    if (!size || datastore->capacity <= 0)
        return TAKE_PTR(size);
    return x_printf("%s (%d %%)", size, (int)((double)datastore->provisioned / (double)datastore->capacity * 100));
}

int words_volume_icon(VolumeFormat format)
{
    return format == VOLUME_FORMAT_ISO ? ICON_ISO : format == VOLUME_FORMAT_DIR ? ICON_FOLDER : ICON_VOLUME;
}

int words_device_icon(DiskDevice device) { return device == DISK_DEVICE_CDROM ? ICON_ISO : ICON_VOLUME; }

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Boot: firmware, Secure Boot, TPM, and the order of devices by drag, buttons or Alt+Up and Alt+Down. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/ui/words.h"
#include "client/win/icons.h"
#include "client/win/reorder.h"

#include <stdlib.h>
#include <string.h>

enum { FIRMWARE_BOX = 560, SECURE_BOOT, FIRMWARE_NOTE, ORDER, UP, DOWN, MENU, MENU_TIME, TPM, TPM_NOTE, MACHINE };

static const FieldChoice firmwares[] = {{FIRMWARE_BIOS, TEXT_FIRMWARE_BIOS}, {FIRMWARE_UEFI, TEXT_FIRMWARE_UEFI}};
static const FieldChoice tpms[] = {{TPM_NONE, TEXT_TPM_NONE}, {TPM_EMULATOR, TEXT_TPM_EMULATOR}, {TPM_PASSTHROUGH, TEXT_TPM_PASSTHROUGH}};
static const Field fields[] = {
    FIELD(FIRMWARE_BOX, FIELD_CHOICE, TEXT_LABEL_FIRMWARE, GROUP_BOOT, VmBoot, firmware, .choices = firmwares, .choice_count = ARRAY_SIZE(firmwares)),
    FIELD(SECURE_BOOT, FIELD_FLAG, TEXT_LABEL_SECURE_BOOT, GROUP_BOOT, VmBoot, secure_boot),
};
static const Field menu_fields[] = {
    FIELD(MENU, FIELD_FLAG, TEXT_LABEL_BOOT_MENU, GROUP_BOOT, VmBoot, menu),
    FIELD(MENU_TIME, FIELD_NUMBER, TEXT_LABEL_MENU_TIME, GROUP_BOOT, VmBoot, menu_time, .unit = TEXT_UNIT_MS),
};
static const Field tpm_fields[] = {
    FIELD(TPM, FIELD_CHOICE, TEXT_LABEL_TPM, GROUP_TPM, VmTpm, kind, .choices = tpms, .choice_count = ARRAY_SIZE(tpms)),
};

static Form *form_of(const Properties *box)
{
    for (size_t i = 0; i < box->page_count; i++)
        if (box->pages[i] == VM_PAGE_BOOT)
            return book_form(box->book, i);
    return NULL;
}

/* ---------------------------------------------------------------- order */

static int icon_of(const Properties *box, const char *entry)
{
    const VmDisks *disks = box->edit.want.disks;
    for (size_t i = 0; disks && strncmp(entry, "disks:", 6) == 0 && i < disks->items.count; i++)
        if (str_equal(disks->items.items[i].key, entry + 6))
            return words_device_icon(disks->items.items[i].device);
    return strncmp(entry, "nics:", 5) == 0 ? ICON_NETWORK : ICON_VOLUME;
}

static void fill_order(Properties *box, Form *form, int selected)
{
    form_list_clear(form, ORDER);
    for (size_t i = 0; i < box->boot.count; i++) {
        AUTO_FREE char *name = vm_edit_boot_name(&box->edit, box->boot.items[i]);
        int row = form_list_add(form, ORDER, name, icon_of(box, box->boot.items[i]), (intptr_t)i);
        form_list_check(form, ORDER, row, StrList_contains(&box->edit.want.boot->order, box->boot.items[i]));
    }
    if (box->boot.count)
        form_list_select(form, ORDER, selected);
}

static void take_order(Properties *box, Form *form)
{
    StrList *order = &box->edit.want.boot->order;
    StrList_clear(order);
    for (size_t i = 0; i < box->boot.count; i++)
        if (form_list_checked(form, ORDER, (int)i))
            StrList_add(order, box->boot.items[i]);
}

static bool can_reorder(const Properties *box) { return !box->read_only && vm_edit_allowed(&box->edit, GROUP_BOOT, "order", NULL); }

static void move(void *context, int from, int to)
{
    Properties *box = context;
    Form *form = form_of(box);
    if (!can_reorder(box) || to < 0 || (size_t)to >= box->boot.count)
        return;
    bool checked = form_list_checked(form, ORDER, from);
    char *entry = box->boot.items[from];
    size_t between = (size_t)abs(to - from);
    if (from < to)
        memmove(&box->boot.items[from], &box->boot.items[from + 1], between * sizeof(entry));
    else
        memmove(&box->boot.items[to + 1], &box->boot.items[to], between * sizeof(entry));
    box->boot.items[to] = entry;
    StrList *order = &box->edit.want.boot->order;
    StrList moved = {0};
    for (size_t i = 0; i < box->boot.count; i++)
        if (i == (size_t)to ? checked : StrList_contains(order, box->boot.items[i]))
            StrList_add(&moved, box->boot.items[i]);
    StrList_clear(order);
    *order = moved;
    fill_order(box, form, to);
    properties_changed(box, VM_PAGE_BOOT);
}

/* ---------------------------------------------------------------- page */

static void build(Properties *box, Form *form)
{
    fields_build(form, fields, ARRAY_SIZE(fields));
    form_note(form, FIRMWARE_NOTE, NOTE_WARNING, text(TEXT_FIRMWARE_NOTE));
    fields_build(form, tpm_fields, ARRAY_SIZE(tpm_fields));
    form_note(form, TPM_NOTE, NOTE_DIM, text(TEXT_NO_SWTPM));
    form_value(form, MACHINE, text(TEXT_LABEL_MACHINE), "");
    form_list(form, ORDER, text(TEXT_LABEL_BOOT_ORDER), 4, true);
    SetWindowLongW(form_item(form, ORDER), GWL_STYLE, GetWindowLongW(form_item(form, ORDER), GWL_STYLE) | LVS_NOCOLUMNHEADER);
    form_list_column(form, ORDER, "", 520, false);
    reorder_attach(form_item(form, ORDER), move, box);
    form_button(form, UP, text(TEXT_MOVE_UP));
    form_beside_button(form, DOWN, text(TEXT_MOVE_DOWN));
    fields_build(form, menu_fields, ARRAY_SIZE(menu_fields));
}

/* What the host cannot do cannot be chosen, but what is set already can be kept. */
static void enable(Properties *box, Form *form)
{
    const VmConfig *want = &box->edit.want;
    const GuestCapabilities *can = &box->edit.can;
    bool secure = want->boot->firmware == FIRMWARE_UEFI && (!box->edit.can_known || can->secure_boot || want->boot->secure_boot);
    bool tpm = want->tpm && (!box->edit.can_known || can->tpm_emulator || can->tpm_passthrough || want->tpm->kind > TPM_NONE);
    if (!secure)
        form_set_enabled(form, SECURE_BOOT, false);
    if (!tpm)
        form_set_enabled(form, TPM, false);
    form_set_shown(form, TPM_NOTE, want->tpm && box->edit.can_known && !can->tpm_emulator && want->tpm->kind <= TPM_NONE);
    form_set_shown(form, FIRMWARE_NOTE, want->boot->firmware != box->edit.was.config->boot->firmware);
    form_set_enabled(form, ORDER, can_reorder(box));
    form_set_enabled(form, UP, can_reorder(box) && form_list_selected(form, ORDER) > 0);
    form_set_enabled(form, DOWN, can_reorder(box) && form_list_selected(form, ORDER) + 1 < (int)box->boot.count);
}

static void fill(Properties *box, Form *form)
{
    const VmConfig *want = &box->edit.want;
    int selected = form_list_selected(form, ORDER);
    StrList_clear(&box->boot);
    vm_edit_boot_devices(&box->edit, &box->boot);
    fields_fill(form, &box->edit, fields, ARRAY_SIZE(fields), want->boot, NULL, box->read_only);
    fields_fill(form, &box->edit, tpm_fields, ARRAY_SIZE(tpm_fields), want->tpm, NULL, box->read_only);
    fields_fill(form, &box->edit, menu_fields, ARRAY_SIZE(menu_fields), want->boot, NULL, box->read_only);
    form_set_text(form, MACHINE, want->boot->machine);
    fill_order(box, form, selected >= 0 && (size_t)selected < box->boot.count ? selected : 0);
    enable(box, form);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmConfig *want = &box->edit.want;
    int row = form_list_selected(form, ORDER);
    if (event == FORM_CLICKED && (id == UP || id == DOWN)) {
        move(box, row, id == UP ? row - 1 : row + 1);
    } else if (event == FORM_CHANGED && id == ORDER) {
        take_order(box, form);
    } else if (event == FORM_CHANGED) {
        fields_take(form, fields, ARRAY_SIZE(fields), want->boot, id);
        fields_take(form, tpm_fields, ARRAY_SIZE(tpm_fields), want->tpm, id);
        fields_take(form, menu_fields, ARRAY_SIZE(menu_fields), want->boot, id);
        if (id == FIRMWARE_BOX && want->boot->firmware == FIRMWARE_BIOS)
            want->boot->secure_boot = false;
        if (id == FIRMWARE_BOX)
            fields_fill(form, &box->edit, fields, ARRAY_SIZE(fields), want->boot, NULL, box->read_only);
    }
    enable(box, form);
}

const PropertiesPage properties_boot_page = {ICON_START, "properties-boot", build, fill, event, NULL};

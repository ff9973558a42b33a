/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Guest agent: what the guest tells of itself, asked when the page is first shown; shut down by the agent. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/core/format.h"
#include "client/win/icons.h"
#include "client/win/message.h"

#include <stdlib.h>

enum { STATE = 740, OS, KERNEL, HOSTNAME, TIMEZONE, ADDRESSES, USERS, REFRESH, SHUT_DOWN };

static void build(Properties *box, Form *form)
{
    (void)box;
    form_note(form, STATE, NOTE_INFO, " ");
    form_value(form, OS, text(TEXT_LABEL_GUEST_OS), "");
    form_value(form, KERNEL, text(TEXT_LABEL_GUEST_KERNEL), "");
    form_value(form, HOSTNAME, text(TEXT_LABEL_GUEST_HOSTNAME), "");
    form_value(form, TIMEZONE, text(TEXT_LABEL_GUEST_TIMEZONE), "");
    form_list(form, ADDRESSES, text(TEXT_LABEL_GUEST_ADDRESSES), 4, false);
    form_list_column(form, ADDRESSES, text(TEXT_COLUMN_ADDRESS), 220, false);
    form_list_column(form, ADDRESSES, text(TEXT_COLUMN_CARD), 90, false);
    form_list_column(form, ADDRESSES, text(TEXT_COLUMN_MAC), 130, false);
    form_list(form, USERS, text(TEXT_LABEL_GUEST_USERS), 3, false);
    form_list_column(form, USERS, text(TEXT_COLUMN_USER), 220, false);
    form_list_column(form, USERS, text(TEXT_COLUMN_SINCE), 160, false);
    form_button(form, REFRESH, text(TEXT_GUEST_REFRESH));
    form_beside_button(form, SHUT_DOWN, text(TEXT_GUEST_SHUT_DOWN));
}

static void on_guest(void *context, GuestInfo *result, const Error *error)
{
    Properties *box = context;
    GuestInfo_clear(&box->guest);
    box->guest_known = true;
    if (error) {
        box->guest.why = text_error(error);
    } else {
        box->guest = *result;
        *result = (GuestInfo){0};
    }
    properties_refill(box, VM_PAGE_GUEST);
}

static void ask(Properties *box)
{
    VmRef params = {.vm = box->vm};
    box->guest_asked = true;
    call_vm_guest_info(box->server, &params, on_guest, box, box);
}

/* libvirt's own words only where there are no better ones. */
static char *silence(const GuestInfo *guest)
{
    switch (guest->silence) {
    case GUEST_SILENCE_NO_CHANNEL: return x_strdup(text(TEXT_GUEST_NO_CHANNEL));
    case GUEST_SILENCE_NOT_RUNNING: return x_strdup(text(TEXT_GUEST_NOT_RUNNING));
    default: return text_format(TEXT_GUEST_SILENT, str_or_empty(guest->why), NULL);
    }
}

static void show_state(const Properties *box, Form *form)
{
    bool on = box->edit.was.active != NULL;
    AUTO_FREE char *silent = silence(&box->guest);
    if (!on)
        form_set_note(form, STATE, NOTE_INFO, text(TEXT_GUEST_OFF));
    else if (!box->guest_known)
        form_set_note(form, STATE, NOTE_INFO, text(TEXT_GUEST_ASKING));
    else
        form_set_note(form, STATE, box->guest.agent ? NOTE_GOOD : NOTE_WARNING, box->guest.agent ? text(TEXT_GUEST_ANSWERS) : silent);
}

static void fill_lists(const Properties *box, Form *form)
{
    form_list_clear(form, ADDRESSES);
    for (size_t i = 0; i < box->guest.addresses.count; i++) {
        const GuestAddress *address = &box->guest.addresses.items[i];
        AUTO_FREE char *words = address->prefix ? x_printf("%s/%d", address->address, (int)address->prefix) : x_strdup(address->address);
        int row = form_list_add(form, ADDRESSES, words, ICON_NETWORK, (intptr_t)i);
        form_list_cell(form, ADDRESSES, row, 1, str_or_empty(address->card));
        form_list_cell(form, ADDRESSES, row, 2, str_or_empty(address->mac));
    }
    form_list_clear(form, USERS);
    for (size_t i = 0; i < box->guest.users.count; i++) {
        const GuestUser *user = &box->guest.users.items[i];
        AUTO_FREE char *since = user->since > 0 ? format_time(user->since) : x_strdup("");
        form_list_cell(form, USERS, form_list_add(form, USERS, user->name, ICON_USER, (intptr_t)i), 1, since);
    }
}

static void fill(Properties *box, Form *form)
{
    bool on = box->edit.was.active != NULL;
    if (on && !box->guest_asked)
        ask(box);
    show_state(box, form);
    form_set_text(form, OS, box->guest.os);
    form_set_text(form, KERNEL, box->guest.kernel);
    form_set_text(form, HOSTNAME, box->guest.hostname);
    form_set_text(form, TIMEZONE, box->guest.timezone);
    fill_lists(box, form);
    form_set_enabled(form, REFRESH, on);
    form_set_enabled(form, SHUT_DOWN, on && box->guest.agent && server_can(box->server, METHOD_vm_guest_shutdown, NULL));
}

static void on_shutdown(void *context, TaskRef *result, const Error *error)
{
    (void)result;
    if (error)
        properties_fail(context, text_error(error), error->code);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    VmRef params = {.vm = box->vm};
    if (event != FORM_CLICKED)
        return;
    if (id == REFRESH) {
        box->guest_known = false;
        ask(box);
        show_state(box, form);
    } else if (id == SHUT_DOWN && message_confirm(dialog_window(box->dialog), text(TEXT_PROPERTIES_GUEST), text(TEXT_GUEST_SHUT_DOWN_ASK), text(TEXT_GUEST_SHUT_DOWN_VERB), true)) {
        call_vm_guest_shutdown(box->server, &params, on_shutdown, box, box);
    }
}

const PropertiesPage properties_guest_page = {ICON_INFO, "properties-guest", build, fill, event, NULL};

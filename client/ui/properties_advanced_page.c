/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Properties, page Advanced: libvirt's description of the VM as XML, and the way to its editor. See properties.h. UI thread. */
#include "client/ui/properties.h"

#include "client/win/dpi.h"
#include "client/win/icons.h"
#include "client/win/message.h"

#include <stdlib.h>
#include <string.h>

enum { NEXT = 770, RUNNING, XML, EDIT, NOTE };

static void build(Properties *box, Form *form)
{
    (void)box;
    form_radio(form, NEXT, NULL, text(TEXT_XML_NEXT), true);
    form_radio(form, RUNNING, NULL, text(TEXT_XML_RUNNING), false);
    HWND edit = form_code(form, XML, text(TEXT_LABEL_XML), 30, 14);
    SendMessageW(edit, EM_SETREADONLY, TRUE, 0);
    SendMessageW(edit, EM_SETLIMITTEXT, 2 * LIMIT_XML, 0);
    form_button(form, EDIT, text(TEXT_XML_EDIT));
    form_note(form, NOTE, NOTE_DIM, text(TEXT_XML_NOTE));
}

static void on_xml(void *context, VmXml *result, const Error *error)
{
    Properties *box = context;
    free(box->xml);
    free(box->xml_revision);
    box->xml = error ? text_error(error) : TAKE_PTR(result->xml);
    box->xml_revision = error ? NULL : TAKE_PTR(result->revision);
    properties_refill(box, VM_PAGE_ADVANCED);
}

static void ask(Properties *box)
{
    VmXmlParams params = {.vm = box->vm, .active = box->xml_active};
    box->xml_asked = true;
    free(box->xml_for);
    box->xml_for = x_strdup(box->edit.was.revision);
    call_vm_get_xml(box->server, &params, on_xml, box, box);
}

static void fill(Properties *box, Form *form)
{
    /* once for every state of the VM that the pages show: the answer may already be of a later one */
    if (!box->xml_asked || !str_equal(box->xml_for, box->edit.was.revision))
        ask(box);
    form_set_text(form, XML, box->xml);
    form_set_checked(form, NEXT, !box->xml_active);
    form_set_checked(form, RUNNING, box->xml_active);
    form_set_enabled(form, RUNNING, box->edit.was.active != NULL);
    form_set_enabled(form, EDIT, box->xml_revision && !box->xml_active && !box->read_only && server_can(box->server, METHOD_vm_set_xml, NULL));
}

static void edit_xml(Properties *box)
{
    if (vm_edit_changed(&box->edit)) {
        message_info(dialog_window(box->dialog), text(TEXT_PROPERTIES_ADVANCED), text(TEXT_XML_APPLY_FIRST));
        return;
    }
    AUTO_FREE char *xml = x_strdup(box->xml);
    AUTO_FREE char *revision = x_strdup(box->xml_revision);
    if (!xml_dialog(dialog_window(box->dialog), box->server, box->vm, xml, revision))
        return;
    box->xml_asked = false;
    properties_reload(box);
}

static void event(Properties *box, Form *form, int id, FormEvent event)
{
    if (event == FORM_CLICKED && id == EDIT) {
        edit_xml(box);
    } else if (event == FORM_CHANGED && (id == NEXT || id == RUNNING) && form_checked(form, id)) {
        box->xml_active = id == RUNNING;
        ask(box);
    }
}

const PropertiesPage properties_advanced_page = {ICON_SETTINGS, "properties-advanced", build, fill, event, NULL};

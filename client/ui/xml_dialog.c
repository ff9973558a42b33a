/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Editing a VM's description as XML: the host checks it, what is different is shown, only then it is saved. See properties.h. UI thread. */
#include "client/ui/action_dialog.h"
#include "client/ui/properties.h"

#include "client/core/text_diff.h"
#include "client/win/dpi.h"

#include <stdlib.h>
#include <string.h>

enum { XML_EDIT = 100, XML_CHECK, DIFF_LIST = 120, DIFF_COUNT, LINES_AROUND = 3 };

typedef struct XmlBox {
    ActionDialog action;
    const char *vm, *xml, *revision;
} XmlBox;

static Form *form_of(const XmlBox *box) { return dialog_form(box->action.dialog); }

static char *typed(const XmlBox *box) { return form_text(form_of(box), XML_EDIT); }

/* ---------------------------------------------------------------- what is different */

static void on_diff(void *context, int id, FormEvent event)
{
    Dialog *const *dialog = context;
    if (event == FORM_CLICKED && (id == IDOK || id == IDCANCEL))
        dialog_close(*dialog, id);
}

static void fill_diff(Form *form, const TextDiff *diff)
{
    static const char *const signs[] = {[DIFF_SAME] = "  ", [DIFF_REMOVED] = "\xE2\x88\x92 ", [DIFF_ADDED] = "+ ", [DIFF_GAP] = ""};
    AUTO_FREE char *removed = x_printf("%zu", diff->removed);
    AUTO_FREE char *added = x_printf("%zu", diff->added);
    AUTO_FREE char *count = text_format(TEXT_XML_DIFF_COUNT, removed, added, NULL);
    form_list(form, DIFF_LIST, text(TEXT_XML_DIFF_LABEL), 16, false);
    form_list_column(form, DIFF_LIST, text(TEXT_XML_DIFF_COLUMN), 600, false);
    for (size_t i = 0; i < diff->count; i++) {
        AUTO_FREE char *line = x_printf("%s%s", signs[diff->lines[i].kind], diff->lines[i].text);
        form_list_add(form, DIFF_LIST, line, 0, (intptr_t)i);
    }
    form_note(form, DIFF_COUNT, NOTE_INFO, count);
}

/* True: the user wants to have it saved. */
static bool xml_diff_dialog(HWND owner, const char *before, const char *after)
{
    TextDiff diff;
    Dialog *dialog = NULL;
    text_diff(before, after, LINES_AROUND, &diff);
    dialog = dialog_create(owner, text(TEXT_XML_DIFF_TITLE), on_diff, &dialog);
    dialog_set_topic(dialog, "properties-advanced");
    dialog_set_width(dialog, 680);
    fill_diff(dialog_form(dialog), &diff);
    dialog_button(dialog, IDOK, text(TEXT_XML_SAVE), true);
    dialog_button(dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    int result = dialog_run(dialog);
    text_diff_clear(&diff);
    return result == IDOK;
}

/* ---------------------------------------------------------------- the editor */

static void on_checked(void *context, const TaskInfo *task, const Error *error)
{
    XmlBox *box = context;
    AUTO(error_clear) Error failure = {0};
    box->action.busy = false;
    EnableWindow(form_window(form_of(box)), TRUE);
    dialog_enable(box->action.dialog, IDOK, true);
    if (!error && task->state != TASK_STATE_DONE && task->error)
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    bool bad = error || task->state != TASK_STATE_DONE;
    AUTO_FREE char *sentence = error ? text_error(error) : bad ? text_error(&failure) : x_strdup(text(TEXT_XML_GOOD));
    form_set_shown(form_of(box), ACTION_PROGRESS, false);
    form_set_note(form_of(box), ACTION_NOTE, bad ? NOTE_ERROR : NOTE_GOOD, sentence);
    form_set_shown(form_of(box), ACTION_NOTE, true);
}

static void on_check_begun(void *context, TaskRef *result, const Error *error)
{
    XmlBox *box = context;
    if (error)
        on_checked(box, NULL, error);
    else
        server_follow_task(box->action.server, result->task, on_checked, &box->action, box);
}

static void send(XmlBox *box, char *xml, bool check_only)
{
    AUTO(VmSetXmlParams_clear) VmSetXmlParams params = {.vm = x_strdup(box->vm), .revision = x_strdup(box->revision), .xml = xml, .check_only = check_only};
    action_dialog_begin(&box->action, text(check_only ? TEXT_XML_CHECKING : TEXT_XML_SAVING));
    call_vm_set_xml(box->action.server, &params, check_only ? on_check_begun : action_dialog_done, &box->action, check_only ? (void *)box : (void *)&box->action);
}

static void save(XmlBox *box)
{
    AUTO_FREE char *xml = typed(box);
    if (str_equal(xml, box->xml))
        dialog_close(box->action.dialog, IDCANCEL);
    else if (xml_diff_dialog(dialog_window(box->action.dialog), box->xml, xml))
        send(box, TAKE_PTR(xml), false);
}

static void on_event(void *context, int id, FormEvent event)
{
    XmlBox *box = context;
    if (event != FORM_CLICKED)
        return;
    switch (id) {
    case IDOK: save(box); break;
    case IDCANCEL: action_dialog_cancel(&box->action); break;
    case XML_CHECK: send(box, typed(box), true); break;
    default: break;
    }
}

bool xml_dialog(HWND owner, Server *server, const char *vm, const char *xml, const char *revision)
{
    XmlBox box = {.action = {.server = server, .follow = true}, .vm = vm, .xml = xml, .revision = revision};
    box.action.dialog = dialog_create(owner, text(TEXT_XML_TITLE), on_event, &box);
    dialog_set_topic(box.action.dialog, "properties-advanced");
    dialog_set_width(box.action.dialog, 760);
    Form *form = form_of(&box);
    HWND edit = form_memo(form, XML_EDIT, text(TEXT_LABEL_XML), 80, 26);
    SendMessageW(edit, EM_SETLIMITTEXT, LIMIT_XML, 0);
    form_set_text(form, XML_EDIT, xml);
    form_button(form, XML_CHECK, text(TEXT_XML_CHECK));
    action_dialog_finish(&box.action, text(TEXT_XML_SAVE_VERB), false);
    dialog_set_focus(box.action.dialog, XML_EDIT);
    return action_dialog_run(&box.action);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Editing a VM's description as XML: the host checks it, what is different is shown, only then it is saved. Whoever else saves meanwhile, what is typed is
 * kept and compared anew. See properties.h. UI thread.
 */
#include "client/ui/action_dialog.h"
#include "client/ui/properties.h"

#include "client/core/text_diff.h"
#include "client/win/edit_find.h"
#include "client/win/message.h"
#include "client/win/subclass.h"

#include <stdlib.h>
#include <string.h>

enum { XML_EDIT = 100, XML_CHECK, XML_FIND, XML_FIND_NEXT, DIFF_LIST = 120, DIFF_COUNT, LINES_AROUND = 3 };

typedef struct XmlBox {
    ActionDialog action;
    const char *vm;
    char *xml, *revision; /* what the host has */
    char *shown;          /* the text as it was when the editor opened */
    char *changed;        /* the sentence that said so, while the VM is read again */
    bool checking;        /* what is on its way is no change */
    bool renewed;         /* the host has something else than the caller knows */
    bool saved;
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

/* ---------------------------------------------------------------- looking for words */

static void find(XmlBox *box, bool back)
{
    AUTO_FREE char *words = form_text(form_of(box), XML_FIND);
    bool found = *words && edit_find(form_item(form_of(box), XML_EDIT), words, back);
    AUTO_FREE char *sentence = *words && !found ? text_format(TEXT_XML_FIND_NOTHING, words, NULL) : NULL;
    form_problem(form_of(box), XML_FIND, sentence);
    if (!*words)
        form_focus(form_of(box), XML_FIND);
}

static bool on_key(XmlBox *box, HWND window, WPARAM key)
{
    if (key == VK_F3)
        find(box, GetKeyState(VK_SHIFT) < 0);
    else if (key == 'F' && GetKeyState(VK_CONTROL) < 0 && GetKeyState(VK_MENU) >= 0)
        form_focus(form_of(box), XML_FIND);
    else if (key == VK_RETURN && GetDlgCtrlID(window) == XML_FIND) /* not Save */
        find(box, false);
    else if (key == VK_ESCAPE) /* an edit of several lines would keep it to itself */
        PostMessageW(dialog_window(box->action.dialog), WM_CLOSE, 0, 0);
    else
        return false;
    return true;
}

static LRESULT CALLBACK keys_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    enum { CTRL_F = 6 };
    XmlBox *box = (XmlBox *)data;
    const MSG *asked = (const MSG *)lparam;
    (void)id;
    bool in_find = GetDlgCtrlID(window) == XML_FIND;
    if (message == WM_KEYDOWN && on_key(box, window, wparam))
        return 0;
    if (message == WM_CHAR && (wparam == CTRL_F || (wparam == VK_RETURN && in_find)))
        return 0;
    LRESULT result = subclass_next(window, message, wparam, lparam);
    if (message == WM_GETDLGCODE && in_find && asked && asked->message == WM_KEYDOWN && asked->wParam == VK_RETURN)
        result |= DLGC_WANTMESSAGE;
    return result;
}

/* ---------------------------------------------------------------- asking the host */

static void rest(XmlBox *box, NoteKind kind, const char *sentence)
{
    Form *form = form_of(box);
    box->action.busy = false;
    EnableWindow(form_window(form), TRUE);
    dialog_enable(box->action.dialog, IDOK, true);
    form_hold(form);
    form_set_shown(form, ACTION_PROGRESS, false);
    form_set_note(form, ACTION_NOTE, kind, sentence);
    form_set_shown(form, ACTION_NOTE, true);
    form_release(form);
}

static void on_news(void *context, VmXml *result, const Error *error)
{
    XmlBox *box = context;
    AUTO_FREE char *sentence = error ? text_error(error) : x_printf("%s %s", box->changed, text(TEXT_XML_OTHERS));
    if (!error) {
        free(box->xml);
        free(box->revision);
        box->xml = TAKE_PTR(result->xml);
        box->revision = TAKE_PTR(result->revision);
        box->renewed = true;
    }
    rest(box, error ? NOTE_ERROR : NOTE_WARNING, sentence);
}

/* After a change by somebody else what is typed is compared with the VM as it is now: saving it shows what it would take back. */
static void failed(XmlBox *box, const Error *error)
{
    AUTO_FREE char *sentence = text_error(error);
    if (error->code != ERR_VM_CHANGED) {
        rest(box, NOTE_ERROR, sentence);
        return;
    }
    AUTO(VmXmlParams_clear) VmXmlParams params = {.vm = x_strdup(box->vm)};
    free(box->changed);
    box->changed = TAKE_PTR(sentence);
    call_vm_get_xml(box->action.server, &params, on_news, &box->action, box);
}

static void on_done(XmlBox *box)
{
    if (box->checking) {
        rest(box, NOTE_GOOD, text(TEXT_XML_GOOD));
        return;
    }
    box->saved = true;
    dialog_close(box->action.dialog, IDOK);
}

static void on_task(void *context, const TaskInfo *task, const Error *error)
{
    AUTO(error_clear) Error failure = {0};
    if (!error && task->state == TASK_STATE_DONE) {
        on_done(context);
        return;
    }
    if (!error && task->error)
        error_set_foreign(&failure, (int)task->error->code, task->error->message, task->error->object, task->error->cause);
    else if (!error)
        error_set(&failure, ERR_CANCELLED, task->object_name, NULL);
    failed(context, error ? error : &failure);
}

static void on_begun(void *context, TaskRef *result, const Error *error)
{
    XmlBox *box = context;
    if (error)
        failed(box, error);
    else
        server_follow_task(box->action.server, result->task, on_task, &box->action, box);
}

static void send(XmlBox *box, char *xml, bool check_only)
{
    AUTO(VmSetXmlParams_clear) VmSetXmlParams params = {.vm = x_strdup(box->vm), .revision = x_strdup(box->revision), .xml = xml, .check_only = check_only};
    box->checking = check_only;
    action_dialog_begin(&box->action, text(check_only ? TEXT_XML_CHECKING : TEXT_XML_SAVING));
    call_vm_set_xml(box->action.server, &params, on_begun, &box->action, box);
}

/* ---------------------------------------------------------------- the editor */

static void close_box(XmlBox *box) { dialog_close(box->action.dialog, box->renewed ? IDOK : IDCANCEL); }

static void save(XmlBox *box)
{
    AUTO_FREE char *xml = typed(box);
    if (str_equal(xml, box->xml))
        close_box(box);
    else if (xml_diff_dialog(dialog_window(box->action.dialog), box->xml, xml))
        send(box, TAKE_PTR(xml), false);
}

static void leave(XmlBox *box)
{
    AUTO_FREE char *now = typed(box);
    HWND window = dialog_window(box->action.dialog);
    if (!str_equal(now, box->shown) && !message_confirm(window, text(TEXT_XML_TITLE), text(TEXT_NEW_VM_LEAVE), text(TEXT_NEW_VM_LEAVE_VERB), false))
        return;
    if (!box->saved) /* it may have been while the question was open */
        close_box(box);
}

static void on_event(void *context, int id, FormEvent event)
{
    XmlBox *box = context;
    if (event == FORM_CHANGED && id == XML_FIND)
        form_problem(form_of(box), XML_FIND, NULL);
    if (event != FORM_CLICKED)
        return;
    switch (id) {
    case IDOK: save(box); break;
    case IDCANCEL: leave(box); break;
    case XML_FIND_NEXT: find(box, false); break;
    case XML_CHECK: send(box, typed(box), true); break;
    default: break;
    }
}

static void make_form(XmlBox *box)
{
    Form *form = form_of(box);
    HWND words = form_edit(form, XML_FIND, text(TEXT_XML_FIND), 30, 0);
    form_beside_button(form, XML_FIND_NEXT, text(TEXT_XML_FIND_NEXT));
    HWND edit = form_code(form, XML_EDIT, text(TEXT_LABEL_XML), 80, 24);
    SendMessageW(edit, EM_SETLIMITTEXT, LIMIT_XML, 0);
    form_set_text(form, XML_EDIT, box->xml);
    form_button(form, XML_CHECK, text(TEXT_XML_CHECK));
    subclass_attach(words, keys_proc, 0, (DWORD_PTR)box);
    subclass_attach(edit, keys_proc, 0, (DWORD_PTR)box);
    box->shown = typed(box);
}

bool xml_dialog(HWND owner, Server *server, const char *vm, const char *xml, const char *revision)
{
    XmlBox box = {.action = {.server = server}, .vm = vm, .xml = x_strdup(xml), .revision = x_strdup(revision)};
    box.action.dialog = dialog_create(owner, text(TEXT_XML_TITLE), on_event, &box);
    dialog_set_topic(box.action.dialog, "properties-advanced");
    dialog_set_width(box.action.dialog, 760);
    make_form(&box);
    action_dialog_finish(&box.action, text(TEXT_XML_SAVE_VERB), false);
    dialog_set_focus(box.action.dialog, XML_EDIT);
    bool news = action_dialog_run(&box.action);
    free(box.xml);
    free(box.revision);
    free(box.shown);
    free(box.changed);
    return news;
}

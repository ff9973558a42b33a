/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Version, licence and libraries. See dialogs.h. UI thread. */
#include "client/ui/dialogs.h"

#include "client/win/dialog.h"

#include <commctrl.h>

enum { NAME = 100, WHAT, LICENCE, LIBRARIES };

static const struct {
    const char *name, *licence;
    TextId purpose;
} libraries[] = {
    {"libssh2", "BSD-3-Clause", TEXT_ABOUT_SSH}, {"OpenSSL", "Apache-2.0", TEXT_ABOUT_CRYPTO},     {"libvncclient", "GPL-2.0-or-later", TEXT_ABOUT_CONSOLE},
    {"libjpeg-turbo", "IJG, BSD-3-Clause", TEXT_ABOUT_JPEG}, {"zlib", "Zlib", TEXT_ABOUT_COMPRESSION}, {"jansson", "MIT", TEXT_ABOUT_JSON},
};

static void on_event(void *context, int id, FormEvent event)
{
    Dialog **dialog = context;
    if (event == FORM_CLICKED)
        dialog_close(*dialog, id);
}

void about_dialog(HWND owner)
{
    Dialog *dialog = NULL;
    dialog = dialog_create(owner, text(TEXT_ABOUT_TITLE), on_event, &dialog);
    dialog_set_topic(dialog, "window");
    Form *form = dialog_form(dialog);
    form_note(form, NAME, NOTE_TITLE, "PoolCenter " POOLCENTER_VERSION);
    form_note(form, WHAT, NOTE_TEXT, text(TEXT_ABOUT_WHAT));
    form_note(form, LICENCE, NOTE_TEXT, text(TEXT_ABOUT_LICENCE));
    form_list(form, LIBRARIES, text(TEXT_ABOUT_LIBRARIES), (int)ARRAY_SIZE(libraries) + 2, false);
    SendMessageW(form_item(form, LIBRARIES), LVM_SETIMAGELIST, LVSIL_SMALL, 0); /* no icons: names stand below their heading */
    form_list_column(form, LIBRARIES, text(TEXT_ABOUT_COLUMN_NAME), 110, false);
    form_list_column(form, LIBRARIES, text(TEXT_ABOUT_COLUMN_PURPOSE), 170, false);
    form_list_column(form, LIBRARIES, text(TEXT_ABOUT_COLUMN_LICENCE), 130, false);
    for (size_t i = 0; i < ARRAY_SIZE(libraries); i++) {
        int item = form_list_add(form, LIBRARIES, libraries[i].name, 0, 0);
        form_list_cell(form, LIBRARIES, item, 1, text(libraries[i].purpose));
        form_list_cell(form, LIBRARIES, item, 2, libraries[i].licence);
    }
    dialog_button(dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), true);
    dialog_set_width(dialog, 470);
    dialog_set_focus(dialog, IDCANCEL);
    dialog_run(dialog);
}

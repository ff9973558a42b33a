/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See whats_new_dialog.h. The text is a field that can be scrolled by keyboard, read aloud and copied. UI thread. */
#include "client/ui/whats_new_dialog.h"

#include "client/core/changelog.h"
#include "client/core/update_info.h"
#include "client/ui/app.h"
#include "client/win/accessible.h"
#include "client/win/dialog.h"

#include <commctrl.h>
#include <stdlib.h>

enum { NEW_TITLE = 500, NEW_LANGUAGE, NEW_TEXT };

#define LAST_VERSION "version.last"

static char *updated_from; /* the version before this one, in the run after an update */

bool whats_new_after_update(void)
{
    Settings *settings = core_settings(app_get()->core);
    AUTO_FREE char *last = x_strdup(settings_str(settings, LAST_VERSION, ""));

    settings_set_str(settings, LAST_VERSION, POOLCENTER_VERSION);
    if (!update_info_newer(POOLCENTER_VERSION, last))
        return false;
    updated_from = TAKE_PTR(last);
    return true;
}

static char *news(void)
{
    HRSRC resource = FindResourceW(NULL, L"CHANGELOG", (LPCWSTR)RT_RCDATA);
    HGLOBAL loaded = resource ? LoadResource(NULL, resource) : NULL;

    return loaded ? changelog_text(LockResource(loaded), SizeofResource(NULL, resource), updated_from) : x_strdup("");
}

static void on_event(void *context, int id, FormEvent event)
{
    Dialog **dialog = context;

    if (event == FORM_CLICKED)
        dialog_close(*dialog, id);
}

void whats_new_dialog(HWND owner)
{
    Dialog *dialog = NULL;
    AUTO_FREE char *words = news();
    AUTO_FREE char *title = text_format(TEXT_NEW_IN, POOLCENTER_VERSION, NULL);
    dialog = dialog_create(owner, text(TEXT_NEW_TITLE), on_event, &dialog);
    dialog_set_topic(dialog, "whats-new");
    Form *form = dialog_form(dialog);
    HWND heading = form_note(form, NEW_TITLE, NOTE_TITLE, title);
    if (text_language() != LANGUAGE_ENGLISH)
        form_note(form, NEW_LANGUAGE, NOTE_DIM, text(TEXT_NEW_ENGLISH));
    HWND memo = form_memo(form, NEW_TEXT, NULL, 90, 22);
    accessible_label(memo, heading);
    SendMessageW(memo, EM_SETREADONLY, TRUE, 0);
    form_set_text(form, NEW_TEXT, words);
    dialog_button(dialog, IDCANCEL, text(TEXT_DIALOG_CLOSE), true);
    dialog_set_focus(dialog, IDCANCEL);
    dialog_run(dialog);
}

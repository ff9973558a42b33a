/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What dialogs that end in one call to the agent share: they wait for its answer and show its error without closing. UI thread. */
#ifndef POOLCENTER_ACTION_DIALOG_H
#define POOLCENTER_ACTION_DIALOG_H

#include "client/ui/app.h"
#include "client/win/dialog.h"

typedef struct ActionDialog {
    Dialog *dialog;
    Server *server;
    bool busy;
    bool follow; /* stay open until the task has ended, too */
} ActionDialog;

enum { ACTION_NOTE = 90, ACTION_PROGRESS = 91 };

/* The last rows of the form and the buttons; verb: text of the OK button. */
void action_dialog_finish(ActionDialog *action, const char *verb, bool dangerous);
/* The OK button was pressed: disables the form until action_dialog_done is called by the call that follows. */
void action_dialog_begin(ActionDialog *action, const char *sentence);
/* done of a call_* with a TaskRef; the context is the ActionDialog. */
void action_dialog_done(void *context, TaskRef *result, const Error *error);
/* Cancel or the close box. */
void action_dialog_cancel(ActionDialog *action);
/* Runs it and forgets calls that are still on their way. True: it was done. */
bool action_dialog_run(ActionDialog *action);

/* For calls whose dialog is closed already: a failure becomes a message, unless the user has left the server meanwhile. title is copied. */
typedef struct ActionNotice ActionNotice;
ActionNotice *action_notice(const Server *server, const char *title);
void action_notice_done(void *context, TaskRef *result, const Error *error); /* frees the notice */

#endif

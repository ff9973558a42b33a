/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The host fetches a file from the web into a datastore. See volume_dialogs.h. UI thread. */
#include "client/ui/volume_dialogs.h"

#include "client/core/rules.h"
#include "client/ui/action_dialog.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_BYTES (INT64_C(1) << 50)

enum { EXPLAIN = 100, URL, NAME, DIGEST, SIZE_BYTES, PROXY, REPLACE, DIGEST_HEX = 64 };

typedef struct FetchBox {
    ActionDialog action;
    char *datastore;
    bool name_typed; /* else it follows the address */
    bool url_seen, name_seen;
} FetchBox;

static Form *form_of(const FetchBox *box) { return dialog_form(box->action.dialog); }

static bool begins(const char *text_to_look_at, const char *with) { return _strnicmp(text_to_look_at, with, strlen(with)) == 0; }

/* NULL: it can be fetched. */
static const char *wrong_url(const char *url, const char *digest)
{
    bool https = begins(url, "https://");
    if ((!https && !begins(url, "http://")) || strpbrk(url, " \t\r\n"))
        return text(TEXT_FETCH_BAD_URL);
    return https || *digest ? NULL : text(TEXT_FETCH_HTTP);
}

static bool good_digest(const char *digest)
{
    return !*digest || (strlen(digest) == DIGEST_HEX && strspn(digest, "0123456789abcdefABCDEF") == DIGEST_HEX);
}

/* 0: none was typed; -1: that is no size. Blanks may stand between the digits. */
static int64_t size_of(FetchBox *box)
{
    AUTO_FREE char *typed = form_text(form_of(box), SIZE_BYTES);
    int64_t size = 0;
    for (const char *at = typed; *at && size >= 0; at++) {
        if (*at == ' ')
            continue;
        size = *at >= '0' && *at <= '9' && size <= SIZE_MAX_BYTES ? size * 10 + (*at - '0') : -1;
    }
    return size > SIZE_MAX_BYTES || (*typed && size == 0) ? -1 : size;
}

/* The last step of the address, without what stands behind ? or #. */
static void follow_url(FetchBox *box, const char *url)
{
    const char *begin = strstr(url, "://");
    const char *path = begin ? strchr(begin + 3, '/') : NULL;
    size_t length = path ? strcspn(path, "?#") : 0;
    AUTO_FREE char *whole = x_strndup(path ? path : "", length);
    const char *last = strrchr(whole, '/');
    form_set_text(form_of(box), NAME, last ? last + 1 : "");
}

static void check(FetchBox *box)
{
    Form *form = form_of(box);
    AUTO_FREE char *url = form_text(form, URL);
    AUTO_FREE char *digest = form_text(form, DIGEST);
    if (!box->name_typed)
        follow_url(box, url);
    AUTO_FREE char *name = form_text(form, NAME);
    AUTO_FREE char *wrong_name = rules_check_file_name(name);
    const char *wrong = wrong_url(url, digest);
    bool digest_ok = good_digest(digest), size_ok = size_of(box) >= 0;
    form_hold(form);
    form_problem(form, URL, box->url_seen ? wrong : NULL);
    form_problem(form, NAME, (box->name_typed || (box->url_seen && !wrong)) ? wrong_name : NULL);
    form_problem(form, DIGEST, digest_ok ? NULL : text(TEXT_FETCH_BAD_DIGEST));
    form_problem(form, SIZE_BYTES, size_ok ? NULL : text(TEXT_FETCH_BAD_SIZE));
    form_release(form);
    dialog_enable(box->action.dialog, IDOK, !wrong && !wrong_name && digest_ok && size_ok && !box->action.busy);
}

static void fetch(FetchBox *box)
{
    Form *form = form_of(box);
    AUTO(VolumeFetchParams_clear) VolumeFetchParams params = {.datastore = x_strdup(box->datastore), .name = form_text(form, NAME), .url = form_text(form, URL),
        .sha256 = form_text(form, DIGEST), .size = size_of(box), .proxy = form_text(form, PROXY), .replace = form_checked(form, REPLACE)};
    if (!*params.sha256)
        free(TAKE_PTR(params.sha256));
    if (!*params.proxy)
        free(TAKE_PTR(params.proxy));
    action_dialog_begin(&box->action, text(TEXT_FETCH_BUSY));
    call_volume_fetch(box->action.server, &params, action_dialog_done, &box->action, &box->action);
}

static void on_event(void *context, int id, FormEvent event)
{
    FetchBox *box = context;
    if (event == FORM_CLICKED && id == IDOK) {
        fetch(box);
    } else if (event == FORM_CLICKED && id == IDCANCEL) {
        action_dialog_cancel(&box->action);
    } else if (event == FORM_CHANGED) {
        box->name_typed |= id == NAME;
        check(box);
    } else if (event == FORM_LEFT) {
        AUTO_FREE char *url = form_text(form_of(box), URL);
        box->url_seen |= id == URL && *url;
        check(box);
    }
}

void fetch_volume_dialog(HWND owner, Server *server, const char *datastore)
{
    const DatastoreInfo *store = model_datastore(server_model(server), datastore);
    if (!store)
        return;
    FetchBox box = {.action = {.server = server}, .datastore = x_strdup(datastore)};
    AUTO_FREE char *title = text_format(TEXT_FETCH_TITLE, store->name, NULL);
    box.action.dialog = dialog_create(owner, title, on_event, &box);
    dialog_set_topic(box.action.dialog, "fetch");
    Form *form = form_of(&box);
    form_note(form, EXPLAIN, NOTE_TEXT, text(TEXT_FETCH_EXPLAIN));
    form_edit(form, URL, text(TEXT_FETCH_URL), 50, 0);
    form_edit(form, NAME, text(TEXT_FETCH_NAME), 50, 0);
    form_edit(form, DIGEST, text(TEXT_FETCH_DIGEST), 50, 0);
    form_edit(form, SIZE_BYTES, text(TEXT_FETCH_SIZE), 20, 0);
    form_edit(form, PROXY, text(TEXT_FETCH_PROXY), 50, 0);
    form_check(form, REPLACE, text(TEXT_FETCH_REPLACE));
    action_dialog_finish(&box.action, text(TEXT_FETCH_VERB), false);
    dialog_set_focus(box.action.dialog, URL);
    check(&box);
    action_dialog_run(&box.action);
    free(box.datastore);
}

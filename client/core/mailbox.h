/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How other threads reach the UI thread: letters queue in order, one wake-up announces a batch, the UI thread drains it.
 * A letter whose owner is gone (mailbox_forget) is freed unread: that is how a closed window gets no late answers.
 */
#ifndef POOLCENTER_MAILBOX_H
#define POOLCENTER_MAILBOX_H

#include <stddef.h>

typedef struct Mailbox Mailbox;

/* wake(context) is called on the posting thread when the queue was empty: post a window message there. */
Mailbox *mailbox_create(void (*wake)(void *context), void *context);
void mailbox_free(Mailbox *mailbox); /* frees unread letters */

/* Any thread. read(context, item) runs later on the UI thread, then free_item(item) (may be NULL). owner may be NULL: never forgotten. */
void mailbox_post(Mailbox *mailbox, const void *owner, void (*read)(void *context, void *item), void *context, void *item, void (*free_item)(void *item));
/* UI thread: reads what is there, at most for budget_ms; returns the number of letters left. */
size_t mailbox_drain(Mailbox *mailbox, int budget_ms);
/* UI thread: drops all letters of this owner. */
void mailbox_forget(Mailbox *mailbox, const void *owner);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The queue of letters to the UI thread: see mailbox.h. */
#include "client/core/mailbox.h"

#include "client/core/port.h"

#include <stdlib.h>

typedef struct Letter Letter;
struct Letter {
    Letter *next;
    const void *owner;
    void (*read)(void *context, void *item);
    void *context;
    void *item;
    void (*free_item)(void *item);
};

struct Mailbox {
    PortMutex mutex;
    Letter *first;
    Letter **last_next;
    size_t count;
    void (*wake)(void *context);
    void *wake_context;
};

Mailbox *mailbox_create(void (*wake)(void *context), void *context)
{
    Mailbox *mailbox = x_calloc(1, sizeof *mailbox);
    port_mutex_init(&mailbox->mutex);
    mailbox->last_next = &mailbox->first;
    mailbox->wake = wake;
    mailbox->wake_context = context;
    return mailbox;
}

static void letter_free(Letter *letter)
{
    if (letter->free_item)
        letter->free_item(letter->item);
    free(letter);
}

/* The first letter, taken out; NULL when there is none. */
static Letter *take(Mailbox *mailbox)
{
    port_mutex_lock(&mailbox->mutex);
    Letter *letter = mailbox->first;
    if (letter) {
        mailbox->first = letter->next;
        mailbox->count--;
        if (!mailbox->first)
            mailbox->last_next = &mailbox->first;
    }
    port_mutex_unlock(&mailbox->mutex);
    return letter;
}

void mailbox_free(Mailbox *mailbox)
{
    if (!mailbox)
        return;
    for (Letter *letter = take(mailbox); letter; letter = take(mailbox))
        letter_free(letter);
    port_mutex_clear(&mailbox->mutex);
    free(mailbox);
}

void mailbox_post(Mailbox *mailbox, const void *owner, void (*read)(void *context, void *item), void *context, void *item, void (*free_item)(void *item))
{
    Letter *letter = x_calloc(1, sizeof *letter);
    *letter = (Letter){ NULL, owner, read, context, item, free_item };
    port_mutex_lock(&mailbox->mutex);
    bool was_empty = !mailbox->first;
    *mailbox->last_next = letter;
    mailbox->last_next = &letter->next;
    mailbox->count++;
    port_mutex_unlock(&mailbox->mutex);
    if (was_empty && mailbox->wake)
        mailbox->wake(mailbox->wake_context);
}

size_t mailbox_drain(Mailbox *mailbox, int budget_ms)
{
    int64_t end = port_monotonic_us() + (int64_t)budget_ms * 1000;
    Letter *letter = take(mailbox);
    while (letter) {
        letter->read(letter->context, letter->item);
        letter_free(letter);
        letter = port_monotonic_us() < end ? take(mailbox) : NULL;
    }
    port_mutex_lock(&mailbox->mutex);
    size_t left = mailbox->count;
    port_mutex_unlock(&mailbox->mutex);
    /* Posting to a queue that is not empty wakes nobody, so what is left must. */
    if (left && mailbox->wake)
        mailbox->wake(mailbox->wake_context);
    return left;
}

/* Moves the owner's letters out of the queue; returns them as a list. */
static Letter *take_of(Mailbox *mailbox, const void *owner)
{
    Letter *taken = NULL;
    port_mutex_lock(&mailbox->mutex);
    Letter **at = &mailbox->first;
    while (*at) {
        Letter *letter = *at;
        if (letter->owner != owner) {
            at = &letter->next;
            continue;
        }
        *at = letter->next;
        letter->next = taken;
        taken = letter;
        mailbox->count--;
    }
    mailbox->last_next = at;
    port_mutex_unlock(&mailbox->mutex);
    return taken;
}

void mailbox_forget(Mailbox *mailbox, const void *owner)
{
    if (!owner)
        return;
    Letter *letter = take_of(mailbox, owner);
    while (letter) {
        Letter *next = letter->next;
        letter_free(letter);
        letter = next;
    }
}

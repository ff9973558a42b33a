/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tickets: see tickets.h. Each one issued arms a timer that drops what has expired by then. */
#include "agent/tickets.h"
#include "agent/ident.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LIFE_MS = 60000, WAITING_MAX = 256 };

typedef struct TicketEntry {
    char *word;
    uid_t uid;
    int64_t expires;
    Stream stream;
    struct TicketEntry *next;
} TicketEntry;

struct Tickets {
    Loop *loop;
    pthread_mutex_t lock;
    TicketEntry *first;
    size_t count;
};

Tickets *tickets_create(Loop *loop)
{
    Tickets *tickets = x_calloc(1, sizeof *tickets);
    tickets->loop = loop;
    pthread_mutex_init(&tickets->lock, NULL);
    return tickets;
}

static void entry_free(TicketEntry *entry)
{
    if (entry->stream.drop)
        entry->stream.drop(entry->stream.context);
    x_free_secret(entry->word);
    free(entry);
}

/* Unlinks those that are too old; returned as a list, to be freed without the lock. */
static TicketEntry *expired(Tickets *tickets)
{
    int64_t now = clock_ms();
    TicketEntry *old = NULL;
    for (TicketEntry **at = &tickets->first; *at;) {
        TicketEntry *entry = *at;
        if (entry->expires > now) {
            at = &entry->next;
            continue;
        }
        *at = entry->next;
        tickets->count--;
        entry->next = old;
        old = entry;
    }
    return old;
}

static void free_list(TicketEntry *entry)
{
    while (entry) {
        TicketEntry *next = entry->next;
        entry_free(entry);
        entry = next;
    }
}

static void sweep(void *context)
{
    Tickets *tickets = context;
    pthread_mutex_lock(&tickets->lock);
    TicketEntry *old = expired(tickets);
    pthread_mutex_unlock(&tickets->lock);
    free_list(old);
}

static void arm(void *context)
{
    Tickets *tickets = context;
    loop_timer(tickets->loop, LIFE_MS + 100, sweep, tickets);
}

void tickets_free(Tickets *tickets)
{
    if (!tickets)
        return;
    loop_timer_cancel(tickets->loop, sweep, tickets);
    free_list(tickets->first);
    pthread_mutex_destroy(&tickets->lock);
    free(tickets);
}

int tickets_issue(Tickets *tickets, uid_t uid, const Stream *stream, char **ret, Error *err)
{
    TicketEntry *entry = x_calloc(1, sizeof *entry);
    *entry = (TicketEntry){ ident_random_word(), uid, clock_ms() + LIFE_MS, *stream, NULL };
    pthread_mutex_lock(&tickets->lock);
    bool room = tickets->count < WAITING_MAX;
    if (room) {
        *ret = x_strdup(entry->word);
        entry->next = tickets->first;
        tickets->first = entry;
        tickets->count++;
    }
    pthread_mutex_unlock(&tickets->lock);
    if (room) {
        loop_post(tickets->loop, arm, tickets);
        return 0;
    }
    entry->stream.drop = NULL; /* stays the caller's */
    entry_free(entry);
    return error_set(err, ERR_BUSY, "poolagentd", "%d data connections are awaited already", WAITING_MAX);
}

static bool same_word(const char *a, const char *b)
{
    size_t length = strlen(a);
    return length == strlen(b) && CRYPTO_memcmp(a, b, length) == 0;
}

int tickets_take(Tickets *tickets, uid_t uid, const char *word, Stream *ret, Error *err)
{
    pthread_mutex_lock(&tickets->lock);
    TicketEntry *old = expired(tickets);
    TicketEntry **at = &tickets->first;
    while (*at && !((*at)->uid == uid && same_word((*at)->word, word)))
        at = &(*at)->next;
    TicketEntry *entry = *at;
    if (entry) {
        *at = entry->next;
        tickets->count--;
    }
    pthread_mutex_unlock(&tickets->lock);
    free_list(old);
    if (!entry)
        return error_set(err, ERR_TICKET_INVALID, NULL, NULL);
    *ret = entry->stream;
    entry->stream.drop = NULL;
    entry_free(entry);
    return 0;
}

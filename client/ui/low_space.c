/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has been said of low datastores, until they have space again; see low_space.h. UI thread. */
#include "client/ui/low_space.h"

#include "client/ui/frame.h"
#include "client/ui/shell_news.h"
#include "client/ui/words.h"

static StrList told; /* UUIDs */

static size_t place_of(const char *datastore)
{
    size_t i = 0;
    while (i < told.count && !str_equal(told.items[i], datastore))
        i++;
    return i;
}

static void forget(size_t place)
{
    if (place >= told.count)
        return;
    free(told.items[place]);
    told.items[place] = told.items[--told.count];
}

static void tell(const Server *server, const DatastoreInfo *datastore)
{
    AUTO_FREE char *title = text_format(TEXT_STORE_LOW_TITLE, server_name(server), NULL);
    AUTO_FREE char *words = words_datastore_low(datastore);

    StrList_add(&told, datastore->id);
    frame_hint(words, true);
    shell_news_tell(title, words);
}

void low_space_refresh(Server *server)
{
    const Model *model = server_model(server);

    for (size_t i = 0; i < model_datastore_count(model); i++) {
        const DatastoreInfo *datastore = model_datastore_at(model, i);
        if (!datastore->low)
            forget(place_of(datastore->id));
        else if (place_of(datastore->id) == told.count)
            tell(server, datastore);
    }
}

void low_space_end(void) { StrList_clear(&told); }

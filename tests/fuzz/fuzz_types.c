/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the decoder of every message: what decodes must encode to something that decodes to the same. */
#include "protocol/types.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STRUCT_BEGIN(T) \
    static void try_##T(const json_t *json, Unknown unknown) \
    { \
        T first, second, third; \
        Error err = { 0 }; \
        if (T##_decode(json, unknown, &first, &err) == 0) { \
            json_t *encoded = T##_encode(&first); \
            T##_copy(&first, &third); \
            if (T##_decode(encoded, UNKNOWN_REJECT, &second, &err) != 0) \
                abort(); \
            json_t *again = T##_encode(&second); \
            if (!json_equal(encoded, again)) \
                abort(); \
            json_decref(again); \
            json_decref(encoded); \
            T##_clear(&first); \
            T##_clear(&second); \
            T##_clear(&third); \
        } \
        error_clear(&err); \
    }
#include "protocol/def_read.h"

static void (*const tries[])(const json_t *, Unknown) = {
#define STRUCT_BEGIN(T) try_##T,
#include "protocol/def_read.h"
};

/* The first byte chooses the message and how it is read, the rest is its JSON. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    json_t *json = json_loadb((const char *)data + 1, size - 1, JSON_REJECT_DUPLICATES, NULL);
    if (!json)
        return 0;
    Unknown unknown = data[0] & 1 ? UNKNOWN_REJECT : UNKNOWN_IGNORE;
    if (data[0] >= 250)
        for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
            tries[i](json, unknown);
    else
        tries[(data[0] >> 1) % ARRAY_SIZE(tries)](json, unknown);
    json_decref(json);
    return 0;
}

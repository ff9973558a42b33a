/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenSSH's key files: see openssh_key.h. */
#include "client/core/openssh_key.h"

#include "client/core/port.h"

#include <stdlib.h>
#include <string.h>

static const char begin_line[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
static const char end_line[] = "-----END OPENSSH PRIVATE KEY-----";
static const char magic[] = "openssh-key-v1"; /* with its NUL */

enum { LINE = 70, BLOCK = 8 };

static bool read_head(const unsigned char *bytes, size_t size, OpensshKey *ret)
{
    if (size < sizeof magic || memcmp(bytes, magic, sizeof magic) != 0)
        return false;
    WireReader reader = wire_reader(bytes + sizeof magic, size - sizeof magic);
    WireBytes cipher = wire_string(&reader);
    wire_string(&reader); /* kdf */
    wire_string(&reader); /* its options */
    uint32_t count = wire_word(&reader);
    WireBytes blob = wire_string(&reader);
    WireReader key = wire_reader(blob.bytes, blob.size);
    WireBytes type = wire_string(&key);
    if (reader.bad || key.bad || count != 1 || !type.size || type.size > 64)
        return false;
    *ret = (OpensshKey){ !wire_is(cipher, "none"), x_memdup(blob.bytes, blob.size, 1), blob.size, x_strndup((const char *)type.bytes, type.size) };
    return true;
}

bool openssh_key_read(const char *text, OpensshKey *ret)
{
    const char *begin = strstr(text, begin_line);
    begin = begin ? begin + sizeof begin_line - 1 : NULL;
    const char *end = begin ? strstr(begin, end_line) : NULL;
    if (!end)
        return false;
    size_t size = 0;
    unsigned char *bytes = wire_unbase64(begin, (size_t)(end - begin), &size);
    bool good = bytes && read_head(bytes, size, ret);
    if (bytes)
        x_wipe(bytes, size);
    free(bytes);
    return good;
}

void openssh_key_clear(OpensshKey *key)
{
    free(key->blob);
    free(key->type);
    *key = (OpensshKey){ 0 };
}

static char *armour(const WireWriter *body)
{
    char *packed = wire_base64(body->bytes, body->size);
    WireWriter text = { 0 };
    wire_put(&text, begin_line, sizeof begin_line - 1);
    size_t length = strlen(packed);
    for (size_t i = 0; i < length; i += LINE) {
        wire_put(&text, "\n", 1);
        wire_put(&text, packed + i, length - i < LINE ? length - i : LINE);
    }
    wire_put(&text, "\n", 1);
    wire_put(&text, end_line, sizeof end_line - 1);
    wire_put(&text, "\n", 1);
    char *result = x_strndup((const char *)text.bytes, text.size);
    wire_free(&text);
    x_free_secret(packed);
    return result;
}

char *openssh_key_write(WireBytes open, WireBytes fields)
{
    WireWriter secret = { 0 }, body = { 0 };
    uint32_t check = 0;
    port_random(&check, sizeof check);
    wire_put_word(&secret, check);
    wire_put_word(&secret, check);
    wire_put(&secret, fields.bytes, fields.size);
    wire_put_text(&secret, ""); /* comment */
    for (unsigned padding = 1; secret.size % BLOCK; padding++)
        wire_put_byte(&secret, padding);
    wire_put(&body, magic, sizeof magic);
    wire_put_text(&body, "none");
    wire_put_text(&body, "none");
    wire_put_text(&body, "");
    wire_put_word(&body, 1);
    wire_put_string(&body, open.bytes, open.size);
    wire_put_string(&body, secret.bytes, secret.size);
    char *text = armour(&body);
    wire_free(&secret);
    wire_free(&body);
    return text;
}

unsigned char *openssh_key_public(const char *text, size_t *ret_size)
{
    const char *key = text + strcspn(text, " \t\r\n");
    if (*key != ' ' && *key != '\t')
        return NULL;
    key += strspn(key, " \t");
    unsigned char *blob = wire_unbase64(key, strcspn(key, " \t\r\n"), ret_size);
    WireReader reader = wire_reader(blob ? blob : (const unsigned char *)"", blob ? *ret_size : 0);
    WireBytes type = wire_string(&reader);
    if (blob && !reader.bad && type.size == strcspn(text, " \t\r\n") && memcmp(type.bytes, text, type.size) == 0)
        return blob;
    free(blob);
    return NULL;
}

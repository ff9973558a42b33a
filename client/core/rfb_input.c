/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys, pointer and clipboard between console.c (UI thread) and rfb_session.c (its own thread). See rfb_input.h. */
#include "client/core/rfb_input.h"

#include <stdlib.h>
#include <string.h>

void rfb_input_init(RfbInput *input)
{
    *input = (RfbInput){0};
    port_mutex_init(&input->lock);
}

void rfb_input_clear(RfbInput *input)
{
    RfbEvent event;
    while (rfb_input_take(input, &event))
        free(event.text);
    port_mutex_clear(&input->lock);
}

/* With the lock held. Half of the places are kept for releases: a server that reads slowly must not make a key stick. */
static bool put(RfbInput *input, const RfbEvent *event, size_t limit)
{
    if (input->count >= limit)
        return false;
    input->events[(input->first + input->count) % RFB_INPUT_MAX] = *event;
    input->count++;
    return true;
}

static RfbEvent *last_event(RfbInput *input)
{
    return input->count ? &input->events[(input->first + input->count - 1) % RFB_INPUT_MAX] : NULL;
}

bool rfb_input_pointer(RfbInput *input, int x, int y, int buttons)
{
    RfbEvent event = {.kind = RFB_EVENT_POINTER, .x = x, .y = y, .buttons = buttons};
    port_mutex_lock(&input->lock);
    RfbEvent *last = last_event(input);
    bool added = true;
    if (last && last->kind == RFB_EVENT_POINTER && last->buttons == buttons)
        *last = event;
    else
        added = put(input, &event, RFB_INPUT_MAX / 2);
    port_mutex_unlock(&input->lock);
    return added;
}

/* With the lock held. A key is released as what it was pressed as, whatever Shift has become meanwhile. */
static bool put_key(RfbInput *input, uint32_t keysym, uint32_t scan_code, bool down)
{
    RfbEvent event = {.kind = RFB_EVENT_KEY, .keysym = keysym, .scan_code = scan_code, .down = down};
    if (!down) {
        if (!input->keys[scan_code].down)
            return false;
        event.keysym = input->keys[scan_code].keysym;
        input->keys[scan_code].down = false;
        return put(input, &event, RFB_INPUT_MAX);
    }
    if (input->keys[scan_code].down)
        event.keysym = input->keys[scan_code].keysym; /* repeats */
    if (!put(input, &event, RFB_INPUT_MAX / 2))
        return false;
    input->keys[scan_code].down = true;
    input->keys[scan_code].keysym = event.keysym;
    return true;
}

bool rfb_input_key(RfbInput *input, uint32_t keysym, uint32_t scan_code, bool down)
{
    if (scan_code == 0 || scan_code >= RFB_SCAN_CODES)
        return false;
    port_mutex_lock(&input->lock);
    bool added = put_key(input, keysym, scan_code, down);
    port_mutex_unlock(&input->lock);
    return added;
}

bool rfb_input_release_keys(RfbInput *input)
{
    bool added = false;
    port_mutex_lock(&input->lock);
    for (uint32_t scan_code = 1; scan_code < RFB_SCAN_CODES; scan_code++)
        if (put_key(input, 0, scan_code, false))
            added = true;
    port_mutex_unlock(&input->lock);
    return added;
}

bool rfb_input_clipboard(RfbInput *input, const char *text)
{
    if (strlen(text) > RFB_CLIPBOARD_MAX)
        return false;
    RfbEvent event = {.kind = RFB_EVENT_CLIPBOARD, .text = x_strdup(text)};
    port_mutex_lock(&input->lock);
    bool added = put(input, &event, RFB_INPUT_MAX / 2);
    port_mutex_unlock(&input->lock);
    if (!added)
        free(event.text);
    return added;
}

bool rfb_input_take(RfbInput *input, RfbEvent *ret)
{
    port_mutex_lock(&input->lock);
    bool there = input->count > 0;
    if (there) {
        *ret = input->events[input->first];
        input->first = (input->first + 1) % RFB_INPUT_MAX;
        input->count--;
    }
    port_mutex_unlock(&input->lock);
    return there;
}

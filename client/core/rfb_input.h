/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the user does, on its way from the UI thread to an RFB session's thread: a bounded queue in which pointer moves replace each other, and the
 * memory of which keys are down.
 */
#ifndef POOLCENTER_RFB_INPUT_H
#define POOLCENTER_RFB_INPUT_H

#include "client/core/port.h"

enum { RFB_INPUT_MAX = 256, RFB_CLIPBOARD_MAX = 1 << 20, RFB_SCAN_CODES = 256 };

typedef enum RfbEventKind { RFB_EVENT_POINTER, RFB_EVENT_KEY, RFB_EVENT_CLIPBOARD } RfbEventKind;

typedef struct RfbEvent {
    RfbEventKind kind;
    int x, y, buttons;
    uint32_t keysym, scan_code;
    bool down;
    char *text; /* UTF-8; whoever takes the event frees it */
} RfbEvent;

typedef struct RfbInput {
    PortMutex lock;
    RfbEvent events[RFB_INPUT_MAX];
    size_t first, count;
    struct { bool down; uint32_t keysym; } keys[RFB_SCAN_CODES];
} RfbInput;

void rfb_input_init(RfbInput *input);
void rfb_input_clear(RfbInput *input);

/* UI thread. True: the session has to be woken. */
bool rfb_input_pointer(RfbInput *input, int x, int y, int buttons);
bool rfb_input_key(RfbInput *input, uint32_t keysym, uint32_t scan_code, bool down);
bool rfb_input_clipboard(RfbInput *input, const char *text);
bool rfb_input_release_keys(RfbInput *input);

/* Session thread. False: nothing waits. */
bool rfb_input_take(RfbInput *input, RfbEvent *ret);

#endif

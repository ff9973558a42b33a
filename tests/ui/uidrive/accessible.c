/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands about what screen readers see: MSAA's view of a window and of its controls, asked for from outside as they do.
 * Windows' own controls are described by oleacc.dll, which in Wine knows little more than their text.
 */
#define COBJMACROS
#define CINTERFACE
#include <windows.h>

#include <oleacc.h>
#include <oleauto.h>

#include <string.h>

#include "command.h"
#include "windows.h"

#define CHILDREN_MAX 200
#define EVENTS_MAX 1000

static const IID accessible_iid = {0x618736e0, 0x3c3d, 0x11cf, {0x81, 0x0c, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71}};


static VARIANT child_number(LONG child)
{
    VARIANT id;

    VariantInit(&id);
    V_VT(&id) = VT_I4;
    V_I4(&id) = child;
    return id;
}

static IAccessible *object_of(HWND window)
{
    void *object = NULL;

    return SUCCEEDED(AccessibleObjectFromWindow(window, (DWORD)OBJID_CLIENT, &accessible_iid, &object)) ? object : NULL;
}

static void field_words(Answer *answer, const char *key, HRESULT result, BSTR words)
{
    json_field_text(answer, key, SUCCEEDED(result) && words != NULL ? words : L"");
    SysFreeString(words);
}

static void field_number(Answer *answer, const char *key, HRESULT result, const VARIANT *number)
{
    json_field_int(answer, key, SUCCEEDED(result) && V_VT(number) == VT_I4 ? V_I4(number) : 0);
}

static void describe_role(IAccessible *object, LONG child, Answer *answer)
{
    VARIANT number;
    HRESULT result;

    VariantInit(&number);
    result = IAccessible_get_accRole(object, child_number(child), &number);
    field_number(answer, "role", result, &number);
}

static void describe_name(IAccessible *object, LONG child, Answer *answer)
{
    BSTR words = NULL;
    HRESULT result = IAccessible_get_accName(object, child_number(child), &words);

    field_words(answer, "name", result, words);
}

/* value, description, action, state, place of the object or one of its children. */
static void describe_rest(IAccessible *object, LONG child, Answer *answer)
{
    VARIANT number;
    BSTR words = NULL;
    RECT rect = {0};
    HRESULT result;

    result = IAccessible_get_accValue(object, child_number(child), &words);
    field_words(answer, "value", result, words);
    words = NULL;
    result = IAccessible_get_accDescription(object, child_number(child), &words);
    field_words(answer, "description", result, words);
    words = NULL;
    result = IAccessible_get_accDefaultAction(object, child_number(child), &words);
    field_words(answer, "action", result, words);
    VariantInit(&number);
    result = IAccessible_get_accState(object, child_number(child), &number);
    field_number(answer, "state", result, &number);
    if (SUCCEEDED(IAccessible_accLocation(object, &rect.left, &rect.top, &rect.right, &rect.bottom, child_number(child)))) {
        rect.right += rect.left;
        rect.bottom += rect.top;
        json_key(answer, "place");
        json_rect(answer, &rect);
    }
}

static void describe_children(IAccessible *object, Answer *answer)
{
    LONG count = 0;

    if (FAILED(IAccessible_get_accChildCount(object, &count)))
        return;
    json_key(answer, "children");
    json_open(answer, '[');
    for (LONG child = 1; child <= count && child <= CHILDREN_MAX; child++) {
        json_open(answer, '{');
        describe_name(object, child, answer);
        describe_role(object, child, answer);
        describe_rest(object, child, answer);
        json_close(answer, '}');
    }
    json_close(answer, ']');
}

static void describe_choice(IAccessible *object, Answer *answer)
{
    VARIANT child;
    HRESULT result;

    VariantInit(&child);
    result = IAccessible_get_accFocus(object, &child);
    json_field_int(answer, "focus", result == S_OK && V_VT(&child) == VT_I4 ? V_I4(&child) : -1);
    VariantClear(&child);
    result = IAccessible_get_accSelection(object, &child);
    json_field_int(answer, "selection", result == S_OK && V_VT(&child) == VT_I4 ? V_I4(&child) : -1);
    VariantClear(&child);
}

static bool describe_window(HWND window, bool children, Answer *answer)
{
    IAccessible *object = object_of(window);

    if (object == NULL)
        return answer_fail(answer, "window %lld has no accessible object", (long long)(INT_PTR)window);
    json_open(answer, '{');
    json_field_int(answer, "hwnd", (INT_PTR)window);
    describe_name(object, CHILDID_SELF, answer);
    describe_role(object, CHILDID_SELF, answer);
    if (children) {
        describe_rest(object, CHILDID_SELF, answer);
        describe_children(object, answer);
        describe_choice(object, answer);
    }
    json_close(answer, '}');
    IAccessible_Release(object);
    return true;
}

static bool visit(HWND window, void *context)
{
    return !IsWindowVisible(window) || describe_window(window, false, context);
}

static bool run_accessible(Command *command, Answer *answer)
{
    HWND window = command_window(command, 1);

    return IsWindow(window) ? describe_window(window, true, answer) : answer_fail(answer, "there is no such window");
}

static bool run_accessible_children(Command *command, Answer *answer)
{
    json_open(answer, '[');
    window_each_child(command_window(command, 1), visit, answer);
    json_close(answer, ']');
    return !answer->failed;
}

static bool act(Command *command, Answer *answer, bool press)
{
    IAccessible *object = object_of(command_window(command, 1));
    LONG child = (LONG)command_int(command, 2);
    HRESULT result;

    if (object == NULL)
        return answer_fail(answer, "there is no such object");
    result = press ? IAccessible_accDoDefaultAction(object, child_number(child))
                   : IAccessible_accSelect(object, SELFLAG_TAKEFOCUS | SELFLAG_TAKESELECTION, child_number(child));
    IAccessible_Release(object);
    if (result != S_OK)
        return answer_fail(answer, "refused: %08lx", (unsigned long)result);
    json_bool(answer, true);
    return true;
}

static bool run_press(Command *command, Answer *answer) { return act(command, answer, true); }

static bool run_select(Command *command, Answer *answer) { return act(command, answer, false); }

static bool run_hit(Command *command, Answer *answer)
{
    IAccessible *object = object_of(command_window(command, 1));
    VARIANT child;
    HRESULT result;

    if (object == NULL)
        return answer_fail(answer, "there is no such object");
    VariantInit(&child);
    result = IAccessible_accHitTest(object, (LONG)command_int(command, 2), (LONG)command_int(command, 3), &child);
    json_int(answer, result == S_OK && V_VT(&child) == VT_I4 ? V_I4(&child) : -1);
    VariantClear(&child);
    IAccessible_Release(object);
    return true;
}

/* -- events --------------------------------------------------------------------------------- */

typedef struct Event {
    DWORD event;
    HWND window;
    LONG child;
} Event;

static struct {
    HWINEVENTHOOK hook;
    Event seen[EVENTS_MAX];
    int count;
} events;

/* Called while we look for messages; only what a control itself tells (OBJID_CLIENT) or a window alerts to. */
static void CALLBACK on_event(HWINEVENTHOOK hook, DWORD event, HWND window, LONG object, LONG child, DWORD thread, DWORD time)
{
    (void)hook, (void)thread, (void)time;
    if (object == OBJID_CLIENT && events.count < EVENTS_MAX)
        events.seen[events.count++] = (Event){event, window, child};
}

/* PID: from now on the events of that program are kept; what was kept before is forgotten. */
static bool run_events_start(Command *command, Answer *answer)
{
    if (events.hook != NULL)
        UnhookWinEvent(events.hook);
    events.count = 0;
    events.hook = SetWinEventHook(EVENT_MIN, EVENT_MAX, NULL, on_event, (DWORD)command_int(command, 1), 0, WINEVENT_OUTOFCONTEXT);
    if (events.hook == NULL)
        return answer_fail(answer, "no hook");
    json_bool(answer, true);
    return true;
}

static bool run_events(Command *command, Answer *answer)
{
    MSG message;

    (void)command;
    while (PeekMessageW(&message, NULL, 0, 0, PM_REMOVE))
        DispatchMessageW(&message);
    json_open(answer, '[');
    for (int i = 0; i < events.count; i++) {
        json_open(answer, '{');
        json_field_int(answer, "event", events.seen[i].event);
        json_field_int(answer, "hwnd", (INT_PTR)events.seen[i].window);
        json_field_int(answer, "child", events.seen[i].child);
        json_close(answer, '}');
    }
    json_close(answer, ']');
    return true;
}

const CommandEntry accessible_commands[] = {
    {"accessible", 1, run_accessible, "HWND: name, role, state, value, place of a control, and of its children that are no windows"},
    {"accessible_children", 1, run_accessible_children, "HWND: name and role of all visible controls below it"},
    {"accessible_press", 2, run_press, "HWND CHILD: its default action"},
    {"accessible_select", 2, run_select, "HWND CHILD: give it the focus and select it"},
    {"accessible_hit", 3, run_hit, "HWND X Y: the child at a place of the screen, 0 for the control itself, -1 for nothing"},
    {"events_start", 1, run_events_start, "PID: keep what its controls tell screen readers from now on"},
    {"events", 0, run_events, "{event, hwnd, child} of all that was kept"},
    {0},
};

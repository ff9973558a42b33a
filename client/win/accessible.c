/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IAccessible for our controls and names for the system's; see accessible.h. UI thread: COM brings calls of other programs to it. */
#define COBJMACROS
#define CINTERFACE
#include "client/win/accessible.h"

#include "client/win/subclass.h"
#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { SUBCLASS_ID = 0xacc };

#define FACTS_PROPERTY L"PoolCenter.Accessible"

/* Of a window, until it is destroyed. */
typedef struct Facts {
    const AccessibleClass *class; /* NULL: the system describes it */
    wchar_t *name;
    HWND label;
    bool asking; /* Windows, what it would say of the window without us */
} Facts;

typedef struct Accessible {
    IAccessible base;
    LONG references;
    HWND window;
    IAccessible *system; /* what Windows says of it */
} Accessible;

typedef struct OleaccApi {
    bool loaded;
    LRESULT(WINAPI *result)(REFIID id, WPARAM wparam, IUnknown *object);
    HRESULT(WINAPI *object)(HWND window, DWORD id, REFIID wanted, void **ret);
} OleaccApi;

/* Of oleacc.dll; in Debian's MinGW only a library has it. */
static const IID accessible_iid = {0x618736e0, 0x3c3d, 0x11cf, {0x81, 0x0c, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71}};

static const OleaccApi *api(void)
{
    static OleaccApi functions;
    HMODULE library;
    FARPROC address;

    if (functions.loaded)
        return &functions;
    functions.loaded = true;
    library = LoadLibraryExW(L"oleacc.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!library)
        return &functions;
    address = GetProcAddress(library, "LresultFromObject");
    memcpy(&functions.result, &address, sizeof address);
    address = GetProcAddress(library, "AccessibleObjectFromWindow");
    memcpy(&functions.object, &address, sizeof address);
    return &functions;
}

/* ---------------------------------------------------------------- what is known of a window */

static const Facts *facts_of(HWND window)
{
    static const Facts none;
    const Facts *facts = GetPropW(window, FACTS_PROPERTY);

    return facts ? facts : &none;
}

static wchar_t *window_text(HWND window)
{
    int length = GetWindowTextLengthW(window);
    wchar_t *words = x_calloc((size_t)length + 1, sizeof *words);

    GetWindowTextW(window, words, length + 1);
    return words;
}

/* Without access keys and the colon at the end. */
static wchar_t *label_text(HWND label)
{
    wchar_t *words = window_text(label), *to = words;

    for (const wchar_t *from = words; *from; from++)
        if (*from != L'&' || from[1] == L'&')
            *to++ = *from;
    while (to > words && (to[-1] == L':' || to[-1] == L' '))
        to--;
    *to = L'\0';
    return words;
}

/* NULL: the system knows better. */
static wchar_t *own_name(HWND window)
{
    const Facts *facts = facts_of(window);
    wchar_t *name = NULL;

    if (facts->name)
        return _wcsdup(facts->name);
    if (facts->label && IsWindow(facts->label))
        return label_text(facts->label);
    if (facts->class && facts->class->name)
        name = facts->class->name(window, 0);
    return name || !facts->class ? name : window_text(window);
}

static LONG window_state(HWND window)
{
    LONG state = IsWindowVisible(window) ? 0 : STATE_SYSTEM_INVISIBLE;

    if (!IsWindowEnabled(window))
        return state | STATE_SYSTEM_UNAVAILABLE;
    if (GetWindowLongW(window, GWL_STYLE) & WS_TABSTOP)
        state |= STATE_SYSTEM_FOCUSABLE;
    return GetFocus() == window ? state | STATE_SYSTEM_FOCUSED : state;
}

static LONG child_state(HWND window, const AccessibleClass *class, int child)
{
    LONG state = class->state ? class->state(window, child) : 0;
    bool selected = class->selected && class->selected(window) == child;

    if (class->selected)
        state |= STATE_SYSTEM_SELECTABLE | (selected ? STATE_SYSTEM_SELECTED : 0);
    if (class->selected && (GetWindowLongW(window, GWL_STYLE) & WS_TABSTOP))
        state |= STATE_SYSTEM_FOCUSABLE | (selected && GetFocus() == window ? STATE_SYSTEM_FOCUSED : 0);
    return state | (IsWindowVisible(window) ? 0 : STATE_SYSTEM_INVISIBLE);
}

/* ---------------------------------------------------------------- the object */

static Accessible *self(IAccessible *object) { return (Accessible *)object; }

static IAccessible *system_of(IAccessible *object) { return self(object)->system; }

static const AccessibleClass *class_of(IAccessible *object) { return facts_of(self(object)->window)->class; }

static int count_of(IAccessible *object)
{
    const AccessibleClass *class = class_of(object);

    return class && class->count ? class->count(self(object)->window) : 0;
}

/* False: no such child, or the window is gone. */
static bool child_of(IAccessible *object, VARIANT id, int *ret)
{
    if (!IsWindow(self(object)->window) || V_VT(&id) != VT_I4 || V_I4(&id) < 0)
        return false;
    if (V_I4(&id) != CHILDID_SELF && class_of(object) && V_I4(&id) > count_of(object))
        return false;
    *ret = V_I4(&id);
    return true;
}

/* Ours is asked for it, not the system: the control's own table, and of its children only those that are no windows. */
static bool is_ours(IAccessible *object, int child)
{
    const AccessibleClass *class = class_of(object);

    return class && (child == CHILDID_SELF || class->count);
}

static HRESULT STDMETHODCALLTYPE query(IAccessible *object, REFIID id, void **ret)
{
    if (!IsEqualIID(id, &IID_IUnknown) && !IsEqualIID(id, &IID_IDispatch) && !IsEqualIID(id, &accessible_iid)) {
        *ret = NULL;
        return E_NOINTERFACE;
    }
    IAccessible_AddRef(object);
    *ret = object;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE add_reference(IAccessible *object) { return (ULONG)InterlockedIncrement(&self(object)->references); }

static ULONG STDMETHODCALLTYPE release(IAccessible *object)
{
    LONG references = InterlockedDecrement(&self(object)->references);

    if (references)
        return (ULONG)references;
    IAccessible_Release(system_of(object));
    free(self(object));
    return 0;
}

static HRESULT STDMETHODCALLTYPE type_info_count(IAccessible *object, UINT *ret) { return IAccessible_GetTypeInfoCount(system_of(object), ret); }

static HRESULT STDMETHODCALLTYPE type_info(IAccessible *object, UINT index, LCID locale, ITypeInfo **ret)
{
    return IAccessible_GetTypeInfo(system_of(object), index, locale, ret);
}

static HRESULT STDMETHODCALLTYPE ids_of_names(IAccessible *object, REFIID id, LPOLESTR *names, UINT count, LCID locale, DISPID *ret)
{
    return IAccessible_GetIDsOfNames(system_of(object), id, names, count, locale, ret);
}

/* By name only old scripts call, and through the type library, which ends at these functions. */
static HRESULT STDMETHODCALLTYPE invoke(IAccessible *object, DISPID member, REFIID id, LCID locale, WORD flags, DISPPARAMS *parameters, VARIANT *ret, EXCEPINFO *exception, UINT *wrong)
{
    return IAccessible_Invoke(system_of(object), member, id, locale, flags, parameters, ret, exception, wrong);
}

static HRESULT STDMETHODCALLTYPE get_parent(IAccessible *object, IDispatch **ret) { return IAccessible_get_accParent(system_of(object), ret); }

static HRESULT STDMETHODCALLTYPE get_child_count(IAccessible *object, LONG *ret)
{
    if (!is_ours(object, 1))
        return IAccessible_get_accChildCount(system_of(object), ret);
    *ret = count_of(object);
    return S_OK;
}

/* Children of ours are no objects: they are asked for by number. */
static HRESULT STDMETHODCALLTYPE get_child(IAccessible *object, VARIANT id, IDispatch **ret)
{
    if (!is_ours(object, 1))
        return IAccessible_get_accChild(system_of(object), id, ret);
    *ret = NULL;
    return S_FALSE;
}

static HRESULT give(wchar_t *words, BSTR *ret)
{
    *ret = words ? SysAllocString(words) : NULL;
    free(words);
    return *ret ? S_OK : S_FALSE;
}

static HRESULT STDMETHODCALLTYPE get_name(IAccessible *object, VARIANT id, BSTR *ret)
{
    HWND window = self(object)->window;
    wchar_t *name;
    int child;

    *ret = NULL;
    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    name = child == CHILDID_SELF ? own_name(window) : is_ours(object, child) && class_of(object)->name ? class_of(object)->name(window, child) : NULL;
    return name || is_ours(object, child) ? give(name, ret) : IAccessible_get_accName(system_of(object), id, ret);
}

static HRESULT STDMETHODCALLTYPE get_value(IAccessible *object, VARIANT id, BSTR *ret)
{
    int child;

    *ret = NULL;
    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child))
        return IAccessible_get_accValue(system_of(object), id, ret);
    return class_of(object)->value ? give(class_of(object)->value(self(object)->window, child), ret) : DISP_E_MEMBERNOTFOUND;
}

static HRESULT STDMETHODCALLTYPE get_description(IAccessible *object, VARIANT id, BSTR *ret)
{
    int child;

    *ret = NULL;
    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child) || !class_of(object)->description)
        return IAccessible_get_accDescription(system_of(object), id, ret);
    return give(class_of(object)->description(self(object)->window, child), ret);
}

static HRESULT STDMETHODCALLTYPE get_role(IAccessible *object, VARIANT id, VARIANT *ret)
{
    const AccessibleClass *class = class_of(object);
    int child;

    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child))
        return IAccessible_get_accRole(system_of(object), id, ret);
    V_VT(ret) = VT_I4;
    V_I4(ret) = class->role_of ? class->role_of(self(object)->window, child) : child == CHILDID_SELF ? class->role : class->child_role;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_state(IAccessible *object, VARIANT id, VARIANT *ret)
{
    const AccessibleClass *class = class_of(object);
    HWND window = self(object)->window;
    int child;

    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child))
        return IAccessible_get_accState(system_of(object), id, ret);
    V_VT(ret) = VT_I4;
    V_I4(ret) = child != CHILDID_SELF ? child_state(window, class, child) : window_state(window) | (class->state ? class->state(window, child) : 0);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_help(IAccessible *object, VARIANT id, BSTR *ret) { return IAccessible_get_accHelp(system_of(object), id, ret); }

static HRESULT STDMETHODCALLTYPE get_help_topic(IAccessible *object, BSTR *ret_file, VARIANT id, LONG *ret)
{
    return IAccessible_get_accHelpTopic(system_of(object), ret_file, id, ret);
}

static HRESULT STDMETHODCALLTYPE get_shortcut(IAccessible *object, VARIANT id, BSTR *ret) { return IAccessible_get_accKeyboardShortcut(system_of(object), id, ret); }

static HRESULT give_child(int child, VARIANT *ret)
{
    V_VT(ret) = VT_I4;
    V_I4(ret) = child;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE get_focus(IAccessible *object, VARIANT *ret)
{
    const AccessibleClass *class = class_of(object);

    if (!class || !class->selected || GetFocus() != self(object)->window)
        return IAccessible_get_accFocus(system_of(object), ret);
    return give_child(class->selected(self(object)->window), ret);
}

static HRESULT STDMETHODCALLTYPE get_selection(IAccessible *object, VARIANT *ret)
{
    const AccessibleClass *class = class_of(object);
    int child = class && class->selected ? class->selected(self(object)->window) : 0;

    if (!class || !class->selected)
        return IAccessible_get_accSelection(system_of(object), ret);
    if (child)
        return give_child(child, ret);
    V_VT(ret) = VT_EMPTY;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE get_action(IAccessible *object, VARIANT id, BSTR *ret)
{
    int child;

    *ret = NULL;
    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child))
        return IAccessible_get_accDefaultAction(system_of(object), id, ret);
    return class_of(object)->choose && child != CHILDID_SELF ? give(utf_text(TEXT_ACCESSIBLE_CHOOSE), ret) : DISP_E_MEMBERNOTFOUND;
}

static HRESULT STDMETHODCALLTYPE select_child(IAccessible *object, LONG flags, VARIANT id)
{
    const AccessibleClass *class = class_of(object);
    int child;

    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child) || child == CHILDID_SELF || !class->selected || !class->choose)
        return IAccessible_accSelect(system_of(object), flags, id);
    if (flags & SELFLAG_TAKEFOCUS)
        SetFocus(self(object)->window);
    if (flags & (SELFLAG_TAKESELECTION | SELFLAG_TAKEFOCUS))
        class->choose(self(object)->window, child);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE location(IAccessible *object, LONG *left, LONG *top, LONG *width, LONG *height, VARIANT id)
{
    const AccessibleClass *class = class_of(object);
    RECT rect = {0};
    int child;

    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child) || child == CHILDID_SELF || !class->place)
        return IAccessible_accLocation(system_of(object), left, top, width, height, id);
    if (!class->place(self(object)->window, child, &rect))
        return S_FALSE;
    MapWindowPoints(self(object)->window, NULL, (POINT *)&rect, 2);
    *left = rect.left;
    *top = rect.top;
    *width = rect.right - rect.left;
    *height = rect.bottom - rect.top;
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE navigate(IAccessible *object, LONG direction, VARIANT start, VARIANT *ret)
{
    int child, count = count_of(object), wanted;

    if (!child_of(object, start, &child))
        return E_INVALIDARG;
    if (!is_ours(object, 1) || (child == CHILDID_SELF && direction != NAVDIR_FIRSTCHILD && direction != NAVDIR_LASTCHILD))
        return IAccessible_accNavigate(system_of(object), direction, start, ret);
    wanted = direction == NAVDIR_FIRSTCHILD ? 1 : direction == NAVDIR_LASTCHILD ? count
           : direction == NAVDIR_NEXT || direction == NAVDIR_DOWN ? child + 1 : direction == NAVDIR_PREVIOUS || direction == NAVDIR_UP ? child - 1 : 0;
    if (wanted >= 1 && wanted <= count)
        return give_child(wanted, ret);
    V_VT(ret) = VT_EMPTY;
    return S_FALSE;
}

static HRESULT STDMETHODCALLTYPE hit_test(IAccessible *object, LONG x, LONG y, VARIANT *ret)
{
    const AccessibleClass *class = class_of(object);
    HWND window = self(object)->window;
    POINT point = {x, y};
    RECT rect;

    if (!is_ours(object, 1) || !class->place)
        return IAccessible_accHitTest(system_of(object), x, y, ret);
    ScreenToClient(window, &point);
    GetClientRect(window, &rect);
    if (!PtInRect(&rect, point)) {
        V_VT(ret) = VT_EMPTY;
        return S_FALSE;
    }
    for (int child = 1; child <= class->count(window); child++)
        if (class->place(window, child, &rect) && PtInRect(&rect, point))
            return give_child(child, ret);
    return give_child(CHILDID_SELF, ret);
}

static HRESULT STDMETHODCALLTYPE do_action(IAccessible *object, VARIANT id)
{
    int child;

    if (!child_of(object, id, &child))
        return E_INVALIDARG;
    if (!is_ours(object, child))
        return IAccessible_accDoDefaultAction(system_of(object), id);
    if (!class_of(object)->choose || child == CHILDID_SELF)
        return DISP_E_MEMBERNOTFOUND;
    class_of(object)->choose(self(object)->window, child);
    return S_OK;
}

static HRESULT STDMETHODCALLTYPE put_text(IAccessible *object, VARIANT id, BSTR words)
{
    (void)object;
    (void)id;
    (void)words;
    return DISP_E_MEMBERNOTFOUND;
}

static IAccessibleVtbl functions = {
    query, add_reference, release, type_info_count, type_info, ids_of_names, invoke, get_parent, get_child_count, get_child, get_name, get_value, get_description, get_role,
    get_state, get_help, get_help_topic, get_shortcut, get_focus, get_selection, get_action, select_child, location, navigate, hit_test, do_action, put_text, put_text,
};

static IAccessible *system_object(HWND window, Facts *facts)
{
    void *object = NULL;

    facts->asking = true;
    if (!api()->object || FAILED(api()->object(window, (DWORD)OBJID_CLIENT, &accessible_iid, &object)))
        object = NULL;
    facts->asking = false;
    return object;
}

static bool answer(HWND window, Facts *facts, WPARAM wparam, LRESULT *ret)
{
    Accessible *accessible;
    IAccessible *system = api()->result ? system_object(window, facts) : NULL;

    if (!system)
        return false;
    accessible = x_calloc(1, sizeof *accessible);
    accessible->base.lpVtbl = &functions;
    accessible->references = 1;
    accessible->window = window;
    accessible->system = system;
    *ret = api()->result(&accessible_iid, wparam, (IUnknown *)accessible);
    IAccessible_Release(&accessible->base);
    return true;
}

/* ---------------------------------------------------------------- windows */

static LRESULT CALLBACK facts_proc(HWND window, UINT message, WPARAM wparam, LPARAM lparam, UINT_PTR id, DWORD_PTR data)
{
    Facts *facts = (Facts *)data;
    LRESULT result;

    if (message == WM_GETOBJECT && (LONG)lparam == OBJID_CLIENT && !facts->asking && answer(window, facts, wparam, &result))
        return result;
    if (message == WM_NCDESTROY) {
        RemovePropW(window, FACTS_PROPERTY);
        subclass_detach(window, facts_proc, id);
        free(facts->name);
        free(facts);
    }
    return subclass_next(window, message, wparam, lparam);
}

static Facts *make_facts(HWND window)
{
    Facts *facts = GetPropW(window, FACTS_PROPERTY);

    if (facts)
        return facts;
    facts = x_calloc(1, sizeof *facts);
    SetPropW(window, FACTS_PROPERTY, facts);
    subclass_attach(window, facts_proc, SUBCLASS_ID, (DWORD_PTR)facts);
    return facts;
}

void accessible_class(HWND window, const AccessibleClass *class) { make_facts(window)->class = class; }

void accessible_name(HWND window, const char *name)
{
    Facts *facts = make_facts(window);

    free(facts->name);
    facts->name = name ? utf_to_wide(name) : NULL;
}

void accessible_label(HWND window, HWND label) { make_facts(window)->label = label; }

void accessible_event(HWND window, DWORD event, int child) { NotifyWinEvent(event, window, OBJID_CLIENT, child); }

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wizard's frame: pages, steps, buttons, checks. See wizard.h. UI thread. */
#include "client/win/wizard.h"

#include "client/win/dpi.h"
#include "client/win/message.h"
#include "client/win/steps.h"
#include "client/win/theme.h"
#include "client/win/utf.h"

enum { PAGES_MAX = 16, MARGIN = 14, TICK_MS = 150 };

typedef struct PageSlot {
    Wizard *wizard;
    Form *form;
} PageSlot;

struct Wizard {
    const WizardClass *class;
    Settings *settings;
    void *context;
    Dialog *dialog;
    HWND steps, title, hint, message;
    PageSlot pages[PAGES_MAX];
    int current;
    bool touched, page_touched, busy, finished;
    char *failure; /* shown until something is changed */
};

/* ---------------------------------------------------------------- layout */

static const WizardPage *page_class(const Wizard *wizard) { return &wizard->class->pages[wizard->current]; }

static Form *current_form(const Wizard *wizard) { return wizard->pages[wizard->current].form; }

static SIZE measure(void *context, int dpi)
{
    const Wizard *wizard = context;
    SIZE size = {dpi_scale(dpi, wizard->class->width), dpi_scale(dpi, wizard->class->height)};
    int steps = steps_width(wizard->steps, dpi);
    for (size_t i = 0; i < wizard->class->page_count; i++)
        if (wizard->pages[i].form)
            size.cx = max(size.cx, steps + form_width(wizard->pages[i].form));
    return size;
}

static void put(HWND window, int x, int y, int width, int height)
{
    SetWindowPos(window, NULL, x, y, width, height, SWP_NOZORDER | SWP_NOACTIVATE | SWP_NOCOPYBITS);
}

static void layout(void *context, int dpi, const RECT *area)
{
    const Wizard *wizard = context;
    int margin = dpi_scale(dpi, MARGIN), left = steps_width(wizard->steps, dpi), width = area->right - left;
    int inner = width - 2 * margin, x = left + margin, y = margin;
    /* The strip of buttons below belongs to the dialog; the steps stand beside it as well. */
    RECT whole;
    GetClientRect(dialog_window(wizard->dialog), &whole);
    put(wizard->steps, 0, 0, left, whole.bottom);
    int height = note_height(wizard->title, dpi, inner);
    put(wizard->title, x, y, inner, height);
    y += height + dpi_scale(dpi, 4);
    height = note_height(wizard->hint, dpi, inner);
    put(wizard->hint, x, y, inner, height);
    y += height;
    /* Always room for two lines, so that the page does not jump while typing. */
    int two = 2 * dpi_text_height(dpi, FONT_TEXT);
    int message = max(note_height(wizard->message, dpi, inner), two);
    message = min(message, 5 * two);
    put(wizard->message, x, area->bottom - message, inner, message);
    if (current_form(wizard))
        put(form_window(current_form(wizard)), left, y, width, max(area->bottom - message - dpi_scale(dpi, 4) - y, 0));
}

static void restyle(void *context, int dpi)
{
    Wizard *wizard = context;
    for (size_t i = 0; i < wizard->class->page_count; i++)
        if (wizard->pages[i].form)
            form_set_dpi(wizard->pages[i].form, dpi);
}

static void relayout(Wizard *wizard)
{
    SendMessageW(dialog_window(wizard->dialog), WM_SIZE, 0, 0);
}

static void show_focus(void *context, HWND focus)
{
    Wizard *wizard = context;
    if (current_form(wizard))
        form_show_focus(current_form(wizard), focus);
}

static void command(void *context, int id, HWND control)
{
    Wizard *wizard = context;
    if (current_form(wizard))
        SendMessageW(form_window(current_form(wizard)), WM_COMMAND, MAKEWPARAM(id, BN_CLICKED), (LPARAM)control);
}

/* ---------------------------------------------------------------- state */

static bool is_wanted(const Wizard *wizard, int page)
{
    return !wizard->class->pages[page].wanted || wizard->class->pages[page].wanted(wizard->context, page);
}

/* The next page that is wanted, before (-1) or behind (1) one; -1: there is none. */
static int neighbour(const Wizard *wizard, int page, int step)
{
    do
        page += step;
    while (page >= 0 && page < (int)wizard->class->page_count && !is_wanted(wizard, page));
    return page < (int)wizard->class->page_count ? page : -1;
}

static bool is_last(const Wizard *wizard) { return neighbour(wizard, wizard->current, 1) < 0; }

static void show_steps(Wizard *wizard)
{
    for (size_t i = 0; i < wizard->class->page_count; i++)
        steps_hide(wizard->steps, (int)i, !is_wanted(wizard, (int)i));
}

static void show_message(Wizard *wizard, const char *sentence, NoteKind kind)
{
    if (note_set(wizard->message, kind, sentence))
        relayout(wizard);
    ShowWindow(wizard->message, str_empty(sentence) ? SW_HIDE : SW_SHOWNA);
}

void wizard_check(Wizard *wizard)
{
    if (wizard->busy)
        return;
    AUTO_FREE char *wrong = page_class(wizard)->check ? page_class(wizard)->check(wizard->context) : NULL;
    show_steps(wizard);
    dialog_enable(wizard->dialog, WIZARD_BACK, neighbour(wizard, wizard->current, -1) >= 0);
    dialog_enable(wizard->dialog, WIZARD_NEXT, !wrong);
    if (wrong)
        show_message(wizard, wrong, wizard->page_touched ? NOTE_ERROR : NOTE_INFO);
    else
        show_message(wizard, wizard->failure, NOTE_ERROR);
}

static void on_form(void *context, int id, FormEvent event)
{
    PageSlot *slot = context;
    Wizard *wizard = slot->wizard;
    if (event == FORM_CHANGED) {
        wizard->touched = wizard->page_touched = true;
        free(TAKE_PTR(wizard->failure));
    }
    if (page_class(wizard)->event)
        page_class(wizard)->event(wizard->context, slot->form, id, event);
    wizard_check(wizard);
    if (event == FORM_ACTIVATED && IsWindowEnabled(GetDlgItem(dialog_window(wizard->dialog), WIZARD_NEXT)))
        PostMessageW(dialog_window(wizard->dialog), WM_COMMAND, WIZARD_NEXT, 0);
}

static void show_page(Wizard *wizard, int index)
{
    Form *old = current_form(wizard);
    wizard->current = index;
    wizard->page_touched = false;
    const WizardPage *page = page_class(wizard);
    dialog_set_topic(wizard->dialog, page->topic);
    PageSlot *slot = &wizard->pages[index];
    bool first = !slot->form;
    if (first) {
        slot->wizard = wizard;
        slot->form = form_create(dialog_window(wizard->dialog), on_form, slot);
        /* Before the buttons in the tab order. */
        SetWindowPos(form_window(slot->form), wizard->message, 0, 0, 0, 0, SWP_NOMOVE | SWP_NOSIZE | SWP_NOACTIVATE);
        page->build(wizard->context, slot->form);
        form_set_dpi(slot->form, dpi_of(dialog_window(wizard->dialog)));
        theme_apply(form_window(slot->form));
        dialog_fit(wizard->dialog);
    }
    steps_set(wizard->steps, index);
    note_set(wizard->title, NOTE_TITLE, text(page->title));
    note_set(wizard->hint, NOTE_DIM, text(page->hint));
    if (page->enter) {
        form_hold(slot->form);
        page->enter(wizard->context, slot->form);
        form_release(slot->form);
    }
    dialog_set_button(wizard->dialog, WIZARD_NEXT, text(is_last(wizard) ? wizard->class->finish : TEXT_WIZARD_NEXT));
    wizard_check(wizard);
    relayout(wizard);
    if (old && old != slot->form)
        ShowWindow(form_window(old), SW_HIDE);
    ShowWindow(form_window(slot->form), SW_SHOWNA);
    HWND focus = GetNextDlgTabItem(form_window(slot->form), NULL, FALSE);
    SendMessageW(dialog_window(wizard->dialog), WM_NEXTDLGCTL, (WPARAM)(focus ? focus : GetDlgItem(dialog_window(wizard->dialog), WIZARD_NEXT)), TRUE);
    dialog_set_default(wizard->dialog, WIZARD_NEXT);
    form_rewind(slot->form);
}

static void on_step(void *context, int index)
{
    Wizard *wizard = context;
    if (!wizard->busy)
        show_page(wizard, index);
}

static void on_next(Wizard *wizard)
{
    wizard_check(wizard);
    if (wizard->busy || !IsWindowEnabled(GetDlgItem(dialog_window(wizard->dialog), WIZARD_NEXT)))
        return;
    if (is_last(wizard))
        wizard->class->finish_pressed(wizard->context);
    else
        show_page(wizard, neighbour(wizard, wizard->current, 1));
}

static void remember_size(Wizard *wizard)
{
    AUTO_FREE char *width_key = x_printf("wizard.%s.width", wizard->class->name);
    AUTO_FREE char *height_key = x_printf("wizard.%s.height", wizard->class->name);
    SIZE size = dialog_size(wizard->dialog);
    settings_set_int(wizard->settings, width_key, size.cx);
    settings_set_int(wizard->settings, height_key, size.cy);
}

static void on_cancel(Wizard *wizard)
{
    if (wizard->busy) {
        if (wizard->class->closing)
            wizard->class->closing(wizard->context);
        return;
    }
    if (wizard->touched &&
        !message_confirm(dialog_window(wizard->dialog), text(wizard->class->title), text(wizard->class->leave_question), text(wizard->class->leave_verb), false))
        return;
    remember_size(wizard);
    dialog_close(wizard->dialog, IDCANCEL);
}

static void on_dialog(void *context, int id, FormEvent event)
{
    Wizard *wizard = context;
    if (event == FORM_TIMER) {
        if (wizard->class->tick)
            wizard->class->tick(wizard->context);
        return;
    }
    if (event != FORM_CLICKED)
        return;
    switch (id) {
    case WIZARD_BACK:
        if (neighbour(wizard, wizard->current, -1) >= 0 && !wizard->busy)
            show_page(wizard, neighbour(wizard, wizard->current, -1));
        break;
    case WIZARD_NEXT: on_next(wizard); break;
    case IDCANCEL: on_cancel(wizard); break;
    default: break;
    }
}

/* ---------------------------------------------------------------- life */

static void restore_size(Wizard *wizard)
{
    const WizardClass *class = wizard->class;
    AUTO_FREE char *width_key = x_printf("wizard.%s.width", class->name);
    AUTO_FREE char *height_key = x_printf("wizard.%s.height", class->name);
    int width = (int)settings_int(wizard->settings, width_key, 0), height = (int)settings_int(wizard->settings, height_key, 0);
    if (width >= class->width && height >= class->height * 3 / 4 && width < 10000 && height < 10000)
        dialog_set_size(wizard->dialog, width, height);
}

Wizard *wizard_create(HWND owner, const WizardClass *class, Settings *settings, void *context)
{
    Wizard *wizard = x_calloc(1, sizeof(*wizard));
    wizard->class = class;
    wizard->settings = settings;
    wizard->context = context;
    DialogContent content = {.context = wizard, .measure = measure, .layout = layout, .restyle = restyle, .show_focus = show_focus, .command = command};
    wizard->dialog = dialog_create_with(owner, text(class->title), &content, on_dialog, wizard);
    HWND window = dialog_window(wizard->dialog);
    wizard->steps = steps_create(window, WIZARD_STEPS, on_step, wizard);
    for (size_t i = 0; i < class->page_count; i++)
        steps_add(wizard->steps, text(class->pages[i].step));
    wizard->title = note_create(window, WIZARD_TITLE, NOTE_TITLE, "");
    wizard->hint = note_create(window, WIZARD_HINT, NOTE_DIM, "");
    wizard->message = note_create(window, WIZARD_MESSAGE, NOTE_INFO, "");
    dialog_button(wizard->dialog, WIZARD_BACK, text(TEXT_WIZARD_BACK), false);
    dialog_button(wizard->dialog, WIZARD_NEXT, text(TEXT_WIZARD_NEXT), true);
    dialog_button(wizard->dialog, IDCANCEL, text(TEXT_DIALOG_CANCEL), false);
    restore_size(wizard);
    return wizard;
}

bool wizard_run(Wizard *wizard)
{
    show_page(wizard, neighbour(wizard, -1, 1));
    dialog_set_timer(wizard->dialog, TICK_MS);
    dialog_run(wizard->dialog);
    bool finished = wizard->finished;
    free(wizard->failure);
    free(wizard);
    return finished;
}

HWND wizard_window(const Wizard *wizard) { return dialog_window(wizard->dialog); }

int wizard_page(const Wizard *wizard) { return wizard->current; }

Form *wizard_form(const Wizard *wizard, int page) { return wizard->pages[page].form; }

void wizard_touch(Wizard *wizard) { wizard->touched = true; }

void wizard_busy(Wizard *wizard, const char *sentence)
{
    wizard->busy = sentence != NULL;
    EnableWindow(form_window(current_form(wizard)), !wizard->busy);
    if (!wizard->busy) {
        wizard_check(wizard);
        SendMessageW(dialog_window(wizard->dialog), WM_NEXTDLGCTL, (WPARAM)GetDlgItem(dialog_window(wizard->dialog), WIZARD_NEXT), TRUE);
        return;
    }
    dialog_enable(wizard->dialog, WIZARD_BACK, false);
    dialog_enable(wizard->dialog, WIZARD_NEXT, false);
    show_message(wizard, sentence, NOTE_INFO);
}

void wizard_fail(Wizard *wizard, const char *sentence)
{
    free(wizard->failure);
    wizard->failure = x_strdup(sentence);
    wizard_check(wizard);
}

void wizard_done(Wizard *wizard)
{
    wizard->finished = true;
    remember_size(wizard);
    dialog_close(wizard->dialog, IDOK);
}

void wizard_answered(Wizard *wizard, const Error *error)
{
    AUTO_FREE char *sentence = error ? text_error(error) : NULL;
    wizard_busy(wizard, NULL);
    if (error)
        wizard_fail(wizard, sentence);
    else
        wizard_done(wizard);
}

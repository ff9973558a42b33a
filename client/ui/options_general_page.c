/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options > General: language, formats and colours. They show at once; Cancel takes them back. See options.h. UI thread. */
#include "client/ui/options.h"

#include "client/core/format.h"
#include "client/ui/preferences.h"
#include "client/ui/shell_news.h"
#include "client/win/icons.h"

#include <stdlib.h>

enum { OPTIONS_LANGUAGE = 500, OPTIONS_FORMATS, OPTIONS_THEME_WINDOWS, OPTIONS_THEME_LIGHT, OPTIONS_THEME_DARK, OPTIONS_SAMPLE, OPTIONS_NOTIFY };

typedef struct GeneralOptions {
    int language, old_language; /* Language or LANGUAGE_FOLLOW_WINDOWS */
    bool regional, old_regional;
    ThemeChoice theme, old_theme;
    bool notify;
} GeneralOptions;

static const struct {
    int id;
    ThemeChoice choice;
    TextId text;
} themes[] = {
    {OPTIONS_THEME_WINDOWS, THEME_FOLLOW_WINDOWS, TEXT_OPTIONS_THEME_WINDOWS},
    {OPTIONS_THEME_LIGHT, THEME_LIGHT, TEXT_OPTIONS_THEME_LIGHT},
    {OPTIONS_THEME_DARK, THEME_DARK, TEXT_OPTIONS_THEME_DARK},
};

static void *open_values(void)
{
    GeneralOptions *values = x_calloc(1, sizeof(*values));
    values->language = values->old_language = preferences_language();
    values->regional = values->old_regional = preferences_regional();
    values->theme = values->old_theme = preferences_theme();
    values->notify = shell_news_wanted();
    return values;
}

/* 1,234,567 - 1.5 GB - today, as they look now. */
static void show_sample(Form *form)
{
    AUTO_FREE char *number = format_number(1234567);
    AUTO_FREE char *size = format_size(INT64_C(3) << 29);
    AUTO_FREE char *time = format_time(port_now_ms());
    AUTO_FREE char *sample = text_format(TEXT_OPTIONS_SAMPLE, number, size, time, NULL);
    form_set_note(form, OPTIONS_SAMPLE, NOTE_DIM, sample);
}

static void build(void *context, Form *form)
{
    const GeneralOptions *values = context;
    form_combo(form, OPTIONS_LANGUAGE, text(TEXT_OPTIONS_LANGUAGE), 24, false);
    form_combo_add(form, OPTIONS_LANGUAGE, text(TEXT_OPTIONS_LANGUAGE_WINDOWS), LANGUAGE_FOLLOW_WINDOWS);
    for (int language = 0; language < LANGUAGE_COUNT; language++)
        form_combo_add(form, OPTIONS_LANGUAGE, text_language_name((Language)language), language);
    form_combo_select(form, OPTIONS_LANGUAGE, values->language);
    form_combo(form, OPTIONS_FORMATS, text(TEXT_OPTIONS_FORMATS), 24, false);
    form_combo_add(form, OPTIONS_FORMATS, text(TEXT_OPTIONS_FORMATS_WINDOWS), true);
    form_combo_add(form, OPTIONS_FORMATS, text(TEXT_OPTIONS_FORMATS_LANGUAGE), false);
    form_combo_select(form, OPTIONS_FORMATS, values->regional);
    form_note(form, OPTIONS_SAMPLE, NOTE_DIM, "");
    show_sample(form);
    for (size_t i = 0; i < ARRAY_SIZE(themes); i++) {
        form_radio(form, themes[i].id, i ? NULL : text(TEXT_OPTIONS_THEME), text(themes[i].text), i == 0);
        form_set_checked(form, themes[i].id, themes[i].choice == values->theme);
    }
    form_note(form, -1, NOTE_DIM, text(TEXT_OPTIONS_CONTRAST_HINT));
    form_check(form, OPTIONS_NOTIFY, text(TEXT_OPTIONS_NOTIFY));
    form_set_checked(form, OPTIONS_NOTIFY, values->notify);
}

static void event(void *context, Form *form, int id, FormEvent what)
{
    GeneralOptions *values = context;
    if (what != FORM_CHANGED)
        return;
    if (id == OPTIONS_LANGUAGE) {
        values->language = (int)form_combo_data(form, id, LANGUAGE_FOLLOW_WINDOWS);
        preferences_set_language(values->language);
        return;
    }
    if (id == OPTIONS_NOTIFY) {
        values->notify = form_checked(form, id);
        return;
    }
    if (id == OPTIONS_FORMATS) {
        values->regional = form_combo_data(form, id, true) != 0;
        preferences_set_regional(values->regional);
        show_sample(form);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(themes); i++)
        if (themes[i].id == id && form_checked(form, id)) {
            values->theme = themes[i].choice;
            preferences_set_theme(values->theme);
        }
}

static void apply(void *context)
{
    GeneralOptions *values = context;
    values->old_language = values->language;
    values->old_regional = values->regional;
    values->old_theme = values->theme;
    shell_news_set_wanted(values->notify);
}

static void cancel(void *context)
{
    const GeneralOptions *values = context;
    if (values->old_language != preferences_language())
        preferences_set_language(values->old_language);
    if (values->old_regional != preferences_regional())
        preferences_set_regional(values->old_regional);
    if (values->old_theme != preferences_theme())
        preferences_set_theme(values->old_theme);
}

const OptionsPage options_general_page = {
    .name = "general", .title = TEXT_OPTIONS_GENERAL, .icon = ICON_SETTINGS, .topic = "options-general",
    .open = open_values, .build = build, .event = event, .apply = apply, .cancel = cancel, .close = free,
};

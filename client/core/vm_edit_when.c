/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When changes of a VM's settings take effect and why, as the host told it, in words; see vm_edit.h. UI thread. */
#include "client/core/vm_edit.h"

#include "client/core/vm_edit_private.h"

#include <stdlib.h>
#include <string.h>

typedef struct Setting {
    SettingGroup group;
    const char *field;
    TextId text;
} Setting;

static const Setting settings[] = {
#define SETTING(group, field, text) {GROUP_##group, #field, TEXT_SETTING_##text},
#include "client/core/vm_settings.def"
#undef SETTING
};

static const TextId group_texts[SettingGroup_COUNT] = {
    [GROUP_TPM] = TEXT_SETTING_TPM, [GROUP_GRAPHICS] = TEXT_SETTING_GRAPHICS, [GROUP_VIDEO] = TEXT_SETTING_VIDEO, [GROUP_SERIAL] = TEXT_SETTING_SERIAL_PORTS,
    [GROUP_CHANNELS] = TEXT_SETTING_CHANNELS, [GROUP_RNG] = TEXT_SETTING_RNG, [GROUP_WATCHDOG] = TEXT_SETTING_WATCHDOG,
};

const char *vm_setting_word(SettingGroup group, const char *field)
{
    for (size_t i = 0; field && i < ARRAY_SIZE(settings); i++)
        if (settings[i].group == group && str_equal(settings[i].field, field))
            return text(settings[i].text);
    return field ? field : text(group_texts[group] ? group_texts[group] : vm_page_title(vm_edit_group_page(group)));
}

/* ---------------------------------------------------------------- when */

/* Rows about the very field of the very device come first, then the field, then the device, then the group. */
static int closeness(const VmSetting *row, SettingGroup group, const char *field, const char *device)
{
    if (row->group != group || (row->name && !str_equal(row->name, field)) || (row->device && !str_equal(row->device, device)))
        return -1;
    return (row->name ? 2 : 0) + (row->device ? 1 : 0);
}

static const VmSetting *find(const VmEdit *edit, SettingGroup group, const char *field, const char *device)
{
    const VmSetting *best = NULL;
    int best_close = -1;
    for (size_t i = 0; i < edit->was.settings.count; i++) {
        int close = closeness(&edit->was.settings.items[i], group, field, device);
        if (close > best_close) {
            best = &edit->was.settings.items[i];
            best_close = close;
        }
    }
    return best;
}

ApplyWhen vm_edit_when(const VmEdit *edit, SettingGroup group, const char *field, const char *device, ApplyReason *ret_reason)
{
    const VmSetting *row = find(edit, group, field, device);
    if (ret_reason)
        *ret_reason = row ? row->reason : APPLY_REASON_NONE;
    return row && row->when != APPLY_UNKNOWN ? row->when : APPLY_NOW;
}

bool vm_edit_allowed(const VmEdit *edit, SettingGroup group, const char *field, const char *device)
{
    ApplyWhen when = vm_edit_when(edit, group, field, device, NULL);
    return when != APPLY_ONLY_OFF && when != APPLY_NEVER;
}

/* ---------------------------------------------------------------- words */

typedef struct Line {
    ApplyWhen when;
    ApplyReason reason;
    char *words;
} Line;

static void append(char **words, const char *separator, const char *word)
{
    if (*words && strstr(*words, word)) /* "Topology" stands for three fields */
        return;
    char *longer = *words ? x_printf("%s%s%s", *words, separator, word) : x_strdup(word);
    free(*words);
    *words = longer;
}

static TextId when_text(ApplyWhen when)
{
    switch (when) {
    case APPLY_NEXT_START: return TEXT_APPLY_NEXT_START;
    case APPLY_ONLY_OFF: return TEXT_APPLY_ONLY_OFF;
    case APPLY_NEVER: return TEXT_APPLY_NEVER;
    default: return TEXT_APPLY_NOW;
    }
}

static TextId reason_text(ApplyReason reason)
{
    switch (reason) {
    case APPLY_REASON_FIXED: return TEXT_APPLY_WHY_FIXED;
    case APPLY_REASON_BUS: return TEXT_APPLY_WHY_BUS;
    case APPLY_REASON_GUEST: return TEXT_APPLY_WHY_GUEST;
    case APPLY_REASON_MAXIMUM: return TEXT_APPLY_WHY_MAXIMUM;
    case APPLY_REASON_NO_BALLOON: return TEXT_APPLY_WHY_NO_BALLOON;
    case APPLY_REASON_NAME: return TEXT_APPLY_WHY_NAME;
    case APPLY_REASON_HOST: return TEXT_APPLY_WHY_HOST;
    case APPLY_REASON_DRIVER: return TEXT_APPLY_WHY_DRIVER;
    case APPLY_REASON_TRANSIENT: return TEXT_APPLY_WHY_TRANSIENT;
    default: return TEXT_COUNT;
    }
}

static Line *line_for(Line *lines, size_t *count, size_t room, ApplyWhen when, ApplyReason reason)
{
    for (size_t i = 0; i < *count; i++)
        if (lines[i].when == when && lines[i].reason == reason)
            return &lines[i];
    Line *line = &lines[*count < room ? (*count)++ : room - 1];
    line->when = when;
    line->reason = reason;
    return line;
}

static char *line_text(const Line *line)
{
    TextId why = reason_text(line->reason);
    AUTO_FREE char *what = text_format(when_text(line->when), line->words, NULL);
    return why == TEXT_COUNT || line->when == APPLY_NOW ? x_strdup(what) : x_printf("%s %s", what, text(why));
}

static bool on_page(const VmEdit *edit, VmPage page, const Setting *setting)
{
    VmSetting row = {.group = setting->group, .name = (char *)setting->field};
    if (page == VM_PAGE_DRIVES) /* of the fields of disks, those that a drive has */
        return setting->group == GROUP_DISKS &&
               (setting->text == TEXT_SETTING_ADD || setting->text == TEXT_SETTING_REMOVE || setting->text == TEXT_SETTING_MEDIUM || setting->text == TEXT_SETTING_BUS);
    return vm_edit_page_of(edit, &row) == page && !(page == VM_PAGE_DISKS && setting->text == TEXT_SETTING_MEDIUM);
}

char *vm_edit_when_text(const VmEdit *edit, VmPage page, const char *device)
{
    Line lines[8] = {0};
    size_t count = 0;
    char *all = NULL;
    for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
        ApplyReason reason;
        if (!on_page(edit, page, &settings[i]))
            continue;
        ApplyWhen when = vm_edit_when(edit, settings[i].group, settings[i].field, device, &reason);
        Line *line = line_for(lines, &count, ARRAY_SIZE(lines), when, when == APPLY_NOW ? APPLY_REASON_NONE : reason);
        append(&line->words, ", ", text(settings[i].text));
    }
    if (count == 1 && lines[0].when == APPLY_NOW)
        all = x_strdup(text(edit->was.active ? TEXT_APPLY_ALL_NOW : TEXT_APPLY_ALL_OFF));
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *line = line_text(&lines[i]);
        if (count > 1 || lines[0].when != APPLY_NOW)
            append(&all, "\n", line);
        free(lines[i].words);
    }
    return all ? all : x_strdup("");
}

/* "CPU: Maximum", "Disks: vda, Cache" */
static char *row_words(const VmSetting *row)
{
    const char *page = vm_setting_word(row->group, NULL);
    const char *field = row->name ? vm_setting_word(row->group, row->name) : NULL;
    if (row->device && field)
        return x_printf("%s: %s, %s", page, row->device, field);
    return row->device || field ? x_printf("%s: %s", page, row->device ? row->device : field) : x_strdup(page);
}

char *vm_settings_words(const VmSettingList *rows)
{
    char *all = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        AUTO_FREE char *words = row_words(&rows->items[i]);
        append(&all, "; ", words);
    }
    return all ? all : x_strdup("");
}

/* ---------------------------------------------------------------- pending */


char *vm_edit_pending_text(const VmEdit *edit, VmPage page)
{
    char *all = NULL;
    for (size_t i = 0; i < edit->was.pending.count; i++) {
        const VmSetting *row = &edit->was.pending.items[i];
        if (vm_edit_page_of(edit, row) != page)
            continue;
        const char *field = vm_setting_word(row->group, row->name);
        AUTO_FREE char *words = row->device ? x_printf("%s (%s)", row->device, field) : x_strdup(field);
        append(&all, ", ", words);
    }
    return all;
}

void vm_edit_pending_groups(const VmEdit *edit, VmPage page, StrList *ret)
{
    for (size_t i = 0; i < edit->was.pending.count; i++) {
        const VmSetting *row = &edit->was.pending.items[i];
        const char *word = SettingGroup_name(row->group);
        if (vm_edit_page_of(edit, row) == page && !StrList_contains(ret, word))
            StrList_add(ret, word);
    }
}

char *vm_configured_text(const char *result)
{
    AUTO(VmConfigured_clear) VmConfigured done = {0};
    AUTO(error_clear) Error err = {0};
    AUTO(VmSettingList_clear) VmSettingList waiting = {0};
    json_t *json = result ? json_loads(result, 0, NULL) : NULL;
    if (json && VmConfigured_decode(json, UNKNOWN_IGNORE, &done, &err) == 0)
        for (size_t i = 0; i < done.changes.count; i++)
            if (done.changes.items[i].when == APPLY_NEXT_START)
                VmSettingList_add(&waiting, &done.changes.items[i]);
    json_decref(json);
    if (!waiting.count)
        return NULL;
    AUTO_FREE char *words = vm_settings_words(&waiting);
    return text_format(TEXT_APPLIED_NEXT_START, words, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints records as table, JSON or CSV: see output.h. */
#include "client/cli/output.h"

#include "client/cli/terminal.h"
#include "client/core/format.h"
#include "protocol/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing */

static void note_failure(Output *output)
{
    output->reader_gone = terminal_reader_gone();
    output->broken = true;
}

void output_bytes(Output *output, const void *bytes, size_t size)
{
    if (!output->broken && fwrite(bytes, 1, size, stdout) != size)
        note_failure(output);
}

static void put(Output *output, const char *text) { output_bytes(output, text, strlen(text)); }

bool output_flush(Output *output)
{
    if (!output->broken && fflush(stdout) != 0)
        note_failure(output);
    return !output->broken;
}

/* What came from a host: programs get it as it is, a terminal does not. */
static void put_foreign(Output *output, const char *text)
{
    AUTO_FREE char *safe = output->terminal ? text_printable(text) : NULL;
    put(output, safe ? safe : text);
}

static void put_json(Output *output, const json_t *json)
{
    AUTO_FREE char *line = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    put_foreign(output, line);
    put(output, "\n");
}

void output_say(Output *output, char *line)
{
    if (output->format == OUTPUT_TABLE && !output->quiet) {
        AUTO_FREE char *safe = text_printable(line);
        put(output, safe);
        put(output, "\n");
        output_flush(output);
    }
    free(line);
}

/* ---- which fields */

static const Column server_column = { "server", TEXT_CLI_HEAD_SERVER, COLUMN_TEXT };

static void choose(Output *output, const char *name, size_t length)
{
    output->chosen = x_realloc(output->chosen, output->chosen_count + 1, sizeof *output->chosen);
    output->chosen[output->chosen_count++] = x_strndup(name, length);
}

void output_begin(Output *output, OutputShape shape, const Column *columns, size_t count)
{
    output->shape = shape;
    output->columns = columns;
    output->column_count = count;
    output->records = json_array();
    if (!output->fields) {
        if (output->servers)
            choose(output, server_column.field, strlen(server_column.field));
        for (size_t i = 0; i < count; i++)
            choose(output, columns[i].field, strlen(columns[i].field));
        return;
    }
    for (const char *name = output->fields; *name; name += strcspn(name, ",") + (name[strcspn(name, ",")] == ','))
        choose(output, name, strcspn(name, ","));
}

static const Column *column_of(const Output *output, const char *field)
{
    for (size_t i = 0; i < output->column_count; i++)
        if (str_equal(output->columns[i].field, field))
            return &output->columns[i];
    return str_equal(field, server_column.field) ? &server_column : NULL;
}

/* The record cut down to --fields; a new reference. */
static json_t *cut(const Output *output, json_t *record)
{
    if (!output->fields)
        return json_incref(record);
    json_t *result = json_object();
    for (size_t i = 0; i < output->chosen_count; i++) {
        json_t *value = json_object_get(record, output->chosen[i]);
        json_object_set(result, output->chosen[i], value ? value : json_null());
    }
    return result;
}

/* ---- single values */

/* For programs: numbers as they are, lists and objects as JSON. */
static char *raw_value(const json_t *value)
{
    if (!value || json_is_null(value))
        return x_strdup("");
    if (json_is_string(value))
        return x_strdup(json_string_value(value));
    char *dumped = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    char *copy = x_strdup(dumped);
    free(dumped);
    return copy;
}

/* Of a disk, a network card, a driver: what people call it and where it leads. */
static char *shown_object(const json_t *object)
{
    static const char *const names[] = { "name", "uri", "target", "device", "path", "mac", "model", "network" };
    char *shown = x_strdup("");
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *value = json_string_value(json_object_get(object, names[i]));
        if (str_empty(value))
            continue;
        char *longer = x_printf("%s%s%s", shown, *shown ? " " : "", value);
        free(shown);
        shown = longer;
    }
    return shown;
}

static char *shown_list(const json_t *list)
{
    char *shown = x_strdup("");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        AUTO_FREE char *one = json_is_object(item) ? shown_object(item) : raw_value(item);
        char *longer = x_printf("%s%s%s", shown, *shown ? ", " : "", one);
        free(shown);
        shown = longer;
    }
    return shown;
}

/* For people. */
static char *shown_value(const Column *column, const json_t *value)
{
    ColumnKind kind = column ? column->kind : COLUMN_TEXT;
    if (json_is_integer(value)) {
        int64_t number = json_integer_value(value);
        switch (kind) {
        case COLUMN_SIZE: return format_size(number);
        case COLUMN_TIME: return number ? format_time(number) : x_strdup("");
        case COLUMN_NUMBER: return format_number(number);
        default: break;
        }
    }
    if (kind == COLUMN_YES)
        return x_strdup(text(json_is_true(value) ? TEXT_CLI_YES : TEXT_CLI_NO));
    AUTO_FREE char *raw = json_is_array(value) ? shown_list(value) : raw_value(value);
    return text_printable(raw);
}

static bool is_right_aligned(const Column *column) { return column && (column->kind == COLUMN_SIZE || column->kind == COLUMN_NUMBER); }

/* ---- CSV, as RFC 4180 has it but with plain newlines */

static void put_csv_cell(Output *output, const char *cell)
{
    AUTO_FREE char *safe = output->terminal ? text_printable(cell) : x_strdup(cell);
    if (!strpbrk(safe, ",\"\r\n")) {
        put(output, safe);
        return;
    }
    put(output, "\"");
    for (const char *p = safe; *p; p++)
        output_bytes(output, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    put(output, "\"");
}

static void put_csv_header(Output *output)
{
    if (output->no_header || output->header_done)
        return;
    output->header_done = true;
    for (size_t i = 0; i < output->chosen_count; i++) {
        put(output, i ? "," : "");
        put_csv_cell(output, output->chosen[i]);
    }
    put(output, "\n");
}

static void put_csv(Output *output, const json_t *record)
{
    put_csv_header(output);
    for (size_t i = 0; i < output->chosen_count; i++) {
        AUTO_FREE char *cell = raw_value(json_object_get(record, output->chosen[i]));
        put(output, i ? "," : "");
        put_csv_cell(output, cell);
    }
    put(output, "\n");
}

/* ---- table */

static const char *colour_of(const char *state)
{
    static const struct {
        const char *state, *colour;
    } colours[] = {
        { "running", "\033[32m" }, { "active", "\033[32m" },  { "done", "\033[32m" },     { "online", "\033[32m" },   { "paused", "\033[33m" },
        { "degraded", "\033[33m" }, { "queued", "\033[33m" }, { "crashed", "\033[31m" },  { "failed", "\033[31m" },   { "off", "\033[2m" },
        { "inactive", "\033[2m" },  { "saved", "\033[36m" },  { "cancelled", "\033[2m" },
    };
    for (size_t i = 0; i < ARRAY_SIZE(colours); i++)
        if (str_equal(colours[i].state, state))
            return colours[i].colour;
    return "";
}

static void put_cell(Output *output, const Column *column, const char *cell, int width, bool last)
{
    int room = width - text_width(cell);
    bool right = is_right_aligned(column);
    const char *colour = output->colour && column && column->kind == COLUMN_STATE ? colour_of(cell) : "";
    for (int i = 0; right && i < room; i++)
        put(output, " ");
    put(output, colour);
    put(output, cell);
    put(output, *colour ? "\033[0m" : "");
    for (int i = 0; !right && !last && i < room; i++)
        put(output, " ");
    put(output, last ? "\n" : "  ");
}

static char *header_of(const Output *output, size_t index)
{
    const Column *column = column_of(output, output->chosen[index]);
    return x_strdup(column ? text(column->header) : output->chosen[index]);
}

/* cells: rows of chosen_count strings, the header first. */
static void put_cells(Output *output, char *const *cells, size_t rows)
{
    size_t columns = output->chosen_count;
    AUTO_FREE int *widths = x_calloc(columns + 1, sizeof(int));
    for (size_t i = 0; i < rows * columns; i++)
        if (text_width(cells[i]) > widths[i % columns])
            widths[i % columns] = text_width(cells[i]);
    for (size_t i = 0; i < rows * columns; i++) {
        const Column *column = column_of(output, output->chosen[i % columns]);
        put_cell(output, column, cells[i], widths[i % columns], i % columns == columns - 1);
    }
}

static void put_table(Output *output)
{
    size_t columns = output->chosen_count;
    size_t header = output->no_header ? 0 : 1;
    size_t rows = json_array_size(output->records) + header;
    char **cells = x_calloc(rows * columns + 1, sizeof(char *));
    for (size_t i = 0; header && i < columns; i++)
        cells[i] = header_of(output, i);
    for (size_t row = header; row < rows; row++)
        for (size_t i = 0; i < columns; i++)
            cells[row * columns + i] = shown_value(column_of(output, output->chosen[i]), json_object_get(json_array_get(output->records, row - header), output->chosen[i]));
    if (json_array_size(output->records))
        put_cells(output, cells, rows);
    for (size_t i = 0; i < rows * columns; i++)
        free(cells[i]);
    free(cells);
}

/* One object: a line per field, with those that are no columns behind. */
static void put_facts(Output *output, const json_t *record)
{
    int width = 0;
    for (size_t i = 0; i < output->chosen_count; i++) {
        AUTO_FREE char *name = header_of(output, i);
        width = text_width(name) > width ? text_width(name) : width;
    }
    for (size_t i = 0; i < output->chosen_count; i++) {
        const Column *column = column_of(output, output->chosen[i]);
        AUTO_FREE char *name = header_of(output, i);
        AUTO_FREE char *value = shown_value(column, json_object_get(record, output->chosen[i]));
        if (!*value)
            continue;
        if (!output->no_header)
            put_cell(output, NULL, name, width, false);
        Column plain = { "", TEXT_COUNT, column && column->kind == COLUMN_STATE ? COLUMN_STATE : COLUMN_TEXT };
        put_cell(output, &plain, value, 0, true);
    }
}

/* ---- records */

/* What another command can be given: the id, or DATASTORE/FILE of a volume. */
static void put_quiet(Output *output, const json_t *record)
{
    const char *id = json_string_value(json_object_get(record, "id"));
    const char *datastore = json_string_value(json_object_get(record, "datastore"));
    const char *name = json_string_value(json_object_get(record, "name"));
    if (str_empty(id) && datastore) {
        put_foreign(output, datastore);
        put(output, "/");
    }
    put_foreign(output, str_empty(id) ? str_or_empty(name) : id);
    put(output, "\n");
}

static void put_line(Output *output, json_t *record)
{
    if (output->quiet) {
        put_quiet(output, record);
    } else if (output->format == OUTPUT_JSON) {
        json_t *shown = cut(output, record);
        put_json(output, shown);
        json_decref(shown);
    } else if (output->format == OUTPUT_CSV) {
        put_csv(output, record);
    }
    output_flush(output);
}

void output_record(Output *output, json_t *record)
{
    if (output->shape == OUTPUT_LINES)
        put_line(output, record);
    else
        json_array_append(output->records, record);
    json_decref(record);
}

static int by_name(const void *a, const void *b)
{
    const json_t *first = *(json_t *const *)a, *second = *(json_t *const *)b;
    static const char *const keys[] = { "server", "name", "id" };
    int order = 0;
    for (size_t i = 0; order == 0 && i < ARRAY_SIZE(keys); i++)
        order = text_order(str_or_empty(json_string_value(json_object_get(first, keys[i]))), str_or_empty(json_string_value(json_object_get(second, keys[i]))));
    return order;
}

void output_sort(Output *output)
{
    size_t count = json_array_size(output->records);
    json_t **sorted = x_calloc(count + 1, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = json_incref(json_array_get(output->records, i));
    qsort(sorted, count, sizeof *sorted, by_name);
    json_array_clear(output->records);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(output->records, sorted[i]);
    free(sorted);
}

static void end_json(Output *output)
{
    json_t *list = json_array();
    for (size_t i = 0; i < json_array_size(output->records); i++)
        json_array_append_new(list, cut(output, json_array_get(output->records, i)));
    bool single = output->shape == OUTPUT_ONE && json_array_size(list) == 1;
    if (output->shape == OUTPUT_LIST || json_array_size(list))
        put_json(output, single ? json_array_get(list, 0) : list);
    json_decref(list);
}

static void end_people(Output *output)
{
    for (size_t i = 0; output->shape == OUTPUT_ONE && i < json_array_size(output->records); i++) {
        put(output, i ? "\n" : "");
        put_facts(output, json_array_get(output->records, i));
    }
    if (output->shape == OUTPUT_LIST)
        put_table(output);
}

void output_end(Output *output)
{
    size_t count = json_array_size(output->records);
    if (!output->records || output->shape == OUTPUT_LINES)
        return;
    if (output->quiet) {
        for (size_t i = 0; i < count; i++)
            put_quiet(output, json_array_get(output->records, i));
    } else if (output->format == OUTPUT_JSON) {
        end_json(output);
    } else if (output->format == OUTPUT_CSV) {
        put_csv_header(output);
        for (size_t i = 0; i < count; i++)
            put_csv(output, json_array_get(output->records, i));
    } else {
        end_people(output);
    }
    output_flush(output);
}

void output_clear(Output *output)
{
    for (size_t i = 0; i < output->chosen_count; i++)
        free(output->chosen[i]);
    free(output->chosen);
    json_decref(output->records);
    *output = (Output){ 0 };
}

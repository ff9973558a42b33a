/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How results are printed: as a table for people, as JSON or CSV for programs. Commands hand over records (JSON objects whose fields have their
 * wire names); everything else happens here. One thread.
 */
#ifndef POOLCENTER_OUTPUT_H
#define POOLCENTER_OUTPUT_H

#include "client/core/text.h"

#include <jansson.h>

typedef enum OutputFormat { OUTPUT_TABLE, OUTPUT_JSON, OUTPUT_CSV } OutputFormat;

/* LIST: an array of records. ONE: a record, or an array when there are several. LINES: a record a line, printed at once. */
typedef enum OutputShape { OUTPUT_LIST, OUTPUT_ONE, OUTPUT_LINES } OutputShape;

typedef enum ColumnKind { COLUMN_TEXT, COLUMN_STATE, COLUMN_SIZE, COLUMN_NUMBER, COLUMN_TIME, COLUMN_YES } ColumnKind;

typedef struct Column {
    const char *field;
    TextId header;
    ColumnKind kind;
} Column;

typedef struct Output {
    OutputFormat format;
    bool no_header;
    bool quiet;       /* ids only */
    bool terminal;    /* nothing harmful may reach it, whatever the format */
    bool colour;
    const char *fields; /* --fields; NULL: the command's */
    bool servers;     /* results of several servers: say which */
    OutputShape shape;
    const Column *columns;
    size_t column_count;
    char **chosen;    /* names of the columns to print, made of the above */
    size_t chosen_count;
    json_t *records;
    bool header_done; /* LINES in CSV */
    bool broken;      /* a write failed */
    bool reader_gone; /* ... because nobody reads any more: no reason to complain */
} Output;

/* columns: those of the table (borrowed). In CSV and with --fields other fields are printed, too. */
void output_begin(Output *output, OutputShape shape, const Column *columns, size_t count);
/* Takes record. */
void output_record(Output *output, json_t *record);
/* Brings what was kept into the order of servers and names: the inventory has none. */
void output_sort(Output *output);
/* Prints what was kept. */
void output_end(Output *output);
void output_clear(Output *output);
/* A line for people: printed in the table format only, and not with --quiet. Takes line. */
void output_say(Output *output, char *line);
/* Raw bytes, such as a picture; what cannot be written is noticed by output_flush. */
void output_bytes(Output *output, const void *bytes, size_t size);
/* Sends everything out. False: the disk is full or the reader has gone. */
bool output_flush(Output *output);

/* Columns a terminal needs for UTF-8 text; combining marks need none, East Asian letters two. */
int text_width(const char *text);
/* Order of names as people count: vm2 before vm10. */
int text_order(const char *a, const char *b);
/* A copy that is safe on a terminal: control characters (also those of UTF-8) become '?'. The caller frees. */
char *text_printable(const char *text);

#endif

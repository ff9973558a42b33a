/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors: functions return 0 or a negative code of the contract's error list; the words live in an Error.
 * Set where it is understood, passed up untouched, shown or logged once. Plain values: one owner, any thread.
 */
#ifndef POOLCENTER_ERROR_H
#define POOLCENTER_ERROR_H

#include "util.h"

enum ErrorCode {
#define ERROR_CODE(name, number, sentence) ERR_##name = (number),
#include "def_read.h"
};

typedef struct Error {
    int code;      /* ErrorCode, 0 = no error */
    char *message; /* whole English sentence */
    char *object;  /* what it is about; may be NULL */
    char *cause;   /* what the layer below said; may be NULL */
} Error;

/* Sets the error (NULL err: only the code is returned) and returns code. object may be NULL; the cause is formatted, NULL for none. */
int error_set(Error *err, int code, const char *object, const char *cause_format, ...) PRINTF_LIKE(4, 5);
/* The same with a message of another process: used as it is. */
int error_set_foreign(Error *err, int code, const char *message, const char *object, const char *cause);
void error_clear(Error *err);
/* Moves from into to (cleared before); from is left empty. Returns the code. */
int error_move(Error *to, Error *from);
void error_copy(Error *to, const Error *from);

/* The English sentence with its placeholders, and the C name ("VM_EXISTS"), of a code; NULL if the list does not have it. */
const char *error_sentence(int code);
const char *error_name(int code);

#endif

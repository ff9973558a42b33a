/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A dialog of pages: at the left a list of them with icon, title and, where wanted, a line that says what is set there now; the chosen page's form beside it;
 * buttons below. The owner keeps the values, since a page can be built anew at any time. Ctrl+Tab and Ctrl+Shift+Tab turn pages. UI thread.
 */
#ifndef POOLCENTER_BOOK_H
#define POOLCENTER_BOOK_H

#include "client/core/text.h"
#include "client/win/dialog.h"

typedef struct Book Book;

enum { BOOK_PAGES_MAX = 20, BOOK_LIST = 400 }; /* id of the list */

typedef enum BookMark { BOOK_PLAIN, BOOK_CHANGED, BOOK_WAITING } BookMark; /* WAITING: in force later */

typedef struct BookClass {
    TextId list_name;                                       /* of the list, for screen readers */
    bool summaries;                                         /* rows have two lines */
    bool fit;                                               /* room for the largest page: all are built at once */
    int width, height;                                      /* least room of a page at 96 dpi */
    FormHandler *dialog;                                    /* buttons and what else a dialog is told; context as below */
    void (*build)(void *context, size_t page, Form *form);  /* makes the rows and fills them */
    void (*event)(void *context, size_t page, Form *form, int id, FormEvent event);
    void (*shown)(void *context, size_t page);              /* another page is shown; may be NULL */
    char *(*summary)(void *context, size_t page);           /* the second line, freed by the book */
    BookMark (*mark)(void *context, size_t page);           /* may be NULL */
} BookClass;

/* The class is borrowed. Add pages, then buttons (dialog_button), then book_run. */
Book *book_create(HWND owner, const char *title, const BookClass *class, void *context);
/* topic: of the manual. Pages are numbered from 0. */
void book_add(Book *book, TextId title, int icon, const char *topic);
Dialog *book_dialog(const Book *book);
/* Modal; what dialog_close was given. Frees the book. */
int book_run(Book *book, size_t page);
size_t book_page(const Book *book);
void book_show(Book *book, size_t page);
const char *book_topic(const Book *book); /* of the page that is shown */
Form *book_form(const Book *book, size_t page); /* NULL: not built yet */
/* Builds the pages that were built again, keeping the focus: the language or the values are others now. */
void book_rebuild(Book *book);
/* Puts the focus on the list of pages. */
void book_focus(const Book *book);
/* Summaries and marks anew. */
void book_update(Book *book);
/* While off nothing in it can be used but Cancel. */
void book_enable(Book *book, bool enabled);

#endif

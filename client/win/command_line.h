/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words of a command line that the program starts itself with: after a crash, from the jump list. Any thread. */
#ifndef POOLCENTER_COMMAND_LINE_H
#define POOLCENTER_COMMAND_LINE_H

/* The word so that CommandLineToArgvW reads it as one and unchanged: between quotation marks, the backslashes before one doubled. The caller frees. */
char *command_line_quote(const char *word);
/* `--config "FOLDER"` with the folder's full name: the other process may work elsewhere. The caller frees. */
char *command_line_config(const char *folder);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which servers a call is for, and the way to them: the saved list, addresses, patterns; logging in with questions on the terminal. One thread. */
#ifndef POOLCENTER_SESSION_H
#define POOLCENTER_SESSION_H

#include "client/cli/cli.h"

/* Opens the settings folder. 0 or an exit status. */
int session_open(Cli *cli);
/* Chooses the servers; 0 or an exit status. */
int session_choose(Cli *cli);
/* Connects to all of them at once. With several, those that cannot be reached are told and left out (cli->status keeps it). */
int session_connect(Cli *cli);
/* The exit status for an error that ended a connection. */
int session_status(int code);
void session_close(Cli *cli);
/* A saved server by name, id or address; NULL: none. */
Server *session_find(Cli *cli, const char *name, bool *ret_several);
/* Puts what the options say of the login into a server's configuration. */
void session_apply_login(Cli *cli, Server *server);
/* USER@HOST[:PORT], [V6ADDRESS]:PORT too. */
bool session_parse_address(const char *word, ServerConfig *config);
/* The first line from a file descriptor; NULL: none. x_free_secret. */
char *session_read_secret(int fd);
/* The master password, from --master-password-fd (once) or the terminal; NULL: none. x_free_secret. */
char *session_master(Cli *cli);
/* USER@HOST:PORT of a server; the caller frees. */
char *session_address(const ServerConfig *config);

#endif

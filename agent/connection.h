/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One control connection: lines in, calls on workers, replies and events out. Loop thread only. */
#ifndef POOLCENTER_AGENT_CONNECTION_H
#define POOLCENTER_AGENT_CONNECTION_H

#include "agent/server.h"

typedef struct Connection Connection;

/* A line shared by all connections it is sent to. */
typedef struct SharedLine {
    int refs;
    StampKind kind;
    int64_t number;
    size_t length;
    char *text;
} SharedLine;

/* Takes the text. */
SharedLine *shared_line_create(char *text);
void shared_line_release(SharedLine *line);

/* Takes the descriptor. */
Connection *connection_create(Agent *agent, int fd, uid_t uid);
/* Queues an event for one who has subscribed, or is about to. */
void connection_event(Connection *connection, SharedLine *line);
bool connection_subscribed(const Connection *connection);
uid_t connection_uid(const Connection *connection);
/* Ends it; its memory goes with the last call. The server is told through server_connection_gone first. */
void connection_close(Connection *connection);

/* Implemented by server.c. */
void server_connection_gone(Server *server, Connection *connection);
/* A data connection gets a thread: notes its socket, so that server_close can end it. -1: there are too many. */
int server_stream_started(Server *server, int fd);
/* That thread is about to end. Any thread. */
void server_stream_ended(Server *server, int stream);

#endif

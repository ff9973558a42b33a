/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads messages.def once with the macros its includer has defined; all others mean nothing. No include guard: included many times.
 *
 * STRUCT_BEGIN(T) .. STRUCT_END(T)   a message; its fields are
 *   STR(name, need, limit, doc)      char *            INT(name, need, doc)   int64_t        BOOL(name, need, doc)  bool
 *   ENUM(name, E, need, doc)         E                 OBJ(name, T, need, doc)  T *          need: REQUIRED or OPTIONAL
 *   LIST(name, T, limit, doc)        TList             STRLIST(name, limit, doc)  StrList    (absent means empty)
 * ENUM_BEGIN(E) ENUM_VALUE(C name, wire name) ENUM_END(E);  METHOD, EVENT, ERROR_CODE: see messages.def.
 */
#ifndef ENUM_BEGIN
#define ENUM_BEGIN(E)
#endif
#ifndef ENUM_VALUE
#define ENUM_VALUE(name, wire)
#endif
#ifndef ENUM_END
#define ENUM_END(E)
#endif
#ifndef STRUCT_BEGIN
#define STRUCT_BEGIN(T)
#endif
#ifndef STR
#define STR(name, need, limit, doc)
#endif
#ifndef INT
#define INT(name, need, doc)
#endif
#ifndef BOOL
#define BOOL(name, need, doc)
#endif
#ifndef ENUM
#define ENUM(name, E, need, doc)
#endif
#ifndef OBJ
#define OBJ(name, T, need, doc)
#endif
#ifndef LIST
#define LIST(name, T, limit, doc)
#endif
#ifndef STRLIST
#define STRLIST(name, limit, doc)
#endif
#ifndef STRUCT_END
#define STRUCT_END(T)
#endif
#ifndef METHOD
#define METHOD(wire, name, P, R, role, doc)
#endif
#ifndef EVENT
#define EVENT(wire, name, P, doc)
#endif
#ifndef ERROR_CODE
#define ERROR_CODE(name, number, sentence)
#endif

#include "messages.def"

#undef ENUM_BEGIN
#undef ENUM_VALUE
#undef ENUM_END
#undef STRUCT_BEGIN
#undef STR
#undef INT
#undef BOOL
#undef ENUM
#undef OBJ
#undef LIST
#undef STRLIST
#undef STRUCT_END
#undef METHOD
#undef EVENT
#undef ERROR_CODE

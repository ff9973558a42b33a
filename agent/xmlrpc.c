/* SPDX-License-Identifier: GPL-3.0-or-later */
/* XML-RPC: see xmlrpc.h. What comes in is hostile; libxml2 reads it without entities, files or networks, and its tree is walked to a bounded depth. */
#include "agent/xmlrpc.h"
#include "agent/base64.h"
#include "agent/xml.h"
#include "agent/xml_write.h"

#include <ctype.h>
#include <errno.h>
#include <libxml/parser.h>
#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- reading */

static json_t *value_of(xmlNode *value, int depth, Error *err);

static json_t *refuse(Error *err, const char *what)
{
    error_set(err, ERR_INVALID_REQUEST, NULL, "%s", what);
    return NULL;
}

/* The only child element; NULL when there is none, with the error when there are more. */
static xmlNode *only_child(xmlNode *node, Error *err)
{
    xmlNode *found = NULL;
    for (xmlNode *child = node->children; child; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        if (found) {
            error_set(err, ERR_INVALID_REQUEST, NULL, "<%s> holds more than one element", (const char *)node->name);
            return NULL;
        }
        found = child;
    }
    return found;
}

/* The text with no blanks around it: numbers and names may be written with some. */
static char *trimmed_text(xmlNode *node)
{
    AUTO_FREE char *text = xml_text(node, LIMIT_REQUEST_LINE);
    char *start = text;
    while (start && isspace((unsigned char)*start))
        start++;
    size_t length = start ? strlen(start) : 0;
    while (length && isspace((unsigned char)start[length - 1]))
        length--;
    return x_strndup(start ? start : "", length);
}

static json_t *string_of(xmlNode *node, Error *err)
{
    AUTO_FREE char *text = xml_text(node, LIMIT_REQUEST_LINE);
    json_t *value = json_string(str_or_empty(text));
    return value ? value : refuse(err, "a string is not valid UTF-8");
}

static json_t *integer_of(xmlNode *node, Error *err)
{
    AUTO_FREE char *text = trimmed_text(node);
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno || end == text || *end)
        return refuse(err, "a number is not a whole number of at most 64 bits");
    return json_integer(number);
}

static json_t *boolean_of(xmlNode *node, Error *err)
{
    AUTO_FREE char *text = trimmed_text(node);
    if (!str_equal(text, "0") && !str_equal(text, "1"))
        return refuse(err, "a boolean is neither 0 nor 1");
    return json_boolean(*text == '1');
}

static json_t *base64_of(xmlNode *node, Error *err)
{
    AUTO_FREE char *text = trimmed_text(node);
    AUTO_FREE char *bytes = x_calloc(strlen(text) + 1, 1);
    long count = base64_decode(text, bytes);
    if (count < 0)
        return refuse(err, "base64 text is not valid");
    json_t *value = memchr(bytes, 0, (size_t)count) ? NULL : json_stringn(bytes, (size_t)count);
    return value ? value : refuse(err, "base64 text does not hold UTF-8 text");
}

static bool add_member(json_t *object, xmlNode *member, int depth, Error *err)
{
    AUTO_FREE char *name = xml_text(xml_child(member, "name"), LIMIT_NAME);
    xmlNode *value = xml_child(member, "value");
    json_t *field = NULL;
    if (!xml_is(member, "member") || !name || !value)
        refuse(err, "a struct holds something that is no member with a name and a value");
    else if (json_object_get(object, name))
        error_set(err, ERR_INVALID_REQUEST, NULL, "a struct has two members of the same name");
    else
        field = value_of(value, depth, err);
    return field && json_object_set_new(object, name, field) == 0;
}

static json_t *struct_of(xmlNode *node, int depth, Error *err)
{
    json_t *object = json_object();
    for (xmlNode *child = node->children; child; child = child->next)
        if (child->type == XML_ELEMENT_NODE && !add_member(object, child, depth, err)) {
            json_decref(object);
            return NULL;
        }
    return object;
}

static json_t *array_of(xmlNode *node, int depth, Error *err)
{
    xmlNode *data = xml_child(node, "data");
    if (!data)
        return refuse(err, "an array has no data");
    json_t *array = json_array();
    for (xmlNode *child = data->children; child; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        json_t *item = xml_is(child, "value") ? value_of(child, depth, err) : refuse(err, "an array holds something that is no value");
        if (!item) {
            json_decref(array);
            return NULL;
        }
        json_array_append_new(array, item);
    }
    return array;
}

static json_t *value_of(xmlNode *value, int depth, Error *err)
{
    if (depth > LIMIT_DEPTH)
        return refuse(err, "it is nested too deeply");
    xmlNode *typed = only_child(value, err);
    if (err->code)
        return NULL;
    if (!typed || xml_is(typed, "string"))
        return string_of(typed ? typed : value, err);
    if (xml_is(typed, "int") || xml_is(typed, "i4") || xml_is(typed, "i8"))
        return integer_of(typed, err);
    if (xml_is(typed, "boolean"))
        return boolean_of(typed, err);
    if (xml_is(typed, "struct"))
        return struct_of(typed, depth + 1, err);
    if (xml_is(typed, "array"))
        return array_of(typed, depth + 1, err);
    if (xml_is(typed, "base64"))
        return base64_of(typed, err);
    if (xml_is(typed, "nil"))
        return json_null();
    return refuse(err, "a value has a type that no parameter has");
}

/* No parameter, or one that is a struct; *ret stays NULL for none. */
static int read_params(xmlNode *call, json_t **ret, Error *err)
{
    xmlNode *params = xml_child(call, "params");
    xmlNode *param = params ? only_child(params, err) : NULL;
    if (err->code)
        return ERR_INVALID_REQUEST;
    if (!param)
        return 0;
    xmlNode *value = xml_is(param, "param") ? xml_child(param, "value") : NULL;
    json_t *body = value ? value_of(value, 0, err) : refuse(err, "a parameter has no value");
    if (body && !json_is_object(body)) {
        json_decref(body);
        body = refuse(err, "the parameter must be a struct of named parameters");
    }
    *ret = body;
    return body ? 0 : ERR_INVALID_REQUEST;
}

static int read_call(xmlNode *call, RpcMessage *ret, Error *err)
{
    if (!xml_is(call, "methodCall"))
        return error_set(err, ERR_INVALID_REQUEST, NULL, "the root element is not methodCall");
    xmlNode *name = xml_child(call, "methodName");
    AUTO_FREE char *method = name ? trimmed_text(name) : NULL;
    if (str_empty(method) || strlen(method) > LIMIT_NAME)
        return error_set(err, ERR_INVALID_REQUEST, NULL, "methodName must be a short name");
    json_t *body = NULL;
    int code = read_params(call, &body, err);
    if (code == 0)
        *ret = (RpcMessage){ .kind = RPC_REQUEST, .id = 0, .method = TAKE_PTR(method), .body = body };
    return code;
}

int xmlrpc_parse(const char *text, size_t length, RpcMessage *ret, Error *err)
{
    *ret = (RpcMessage){ .id = -1 };
    Error why = { 0 };
    /* The encoding is given, so that no other one can hide a document type from the eyes of a proxy or a log. */
    xmlDoc *document = length > LIMIT_REQUEST_LINE ? NULL
        : xmlReadMemory(text, (int)length, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
    if (!document)
        error_set(&why, ERR_PARSE, NULL, "it is not well-formed XML");
    else if (document->intSubset)
        error_set(&why, ERR_PARSE, NULL, "it has a document type");
    else
        read_call(xmlDocGetRootElement(document), ret, &why);
    xmlFreeDoc(document);
    return error_move(err, &why);
}

/* ---------------------------------------------------------------- writing */

/* XML 1.0 has no way to write most control characters, nor two code points at the end of the basic plane. */
static bool fits_xml(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < 0x20 && *p != '\t' && *p != '\n' && *p != '\r') || (p[0] == 0xef && p[1] == 0xbf && (p[2] == 0xbe || p[2] == 0xbf)))
            return false;
    return true;
}

static void write_string(XmlText *out, const char *text)
{
    if (fits_xml(text))
        xml_leaf(out, "string", text);
    else
        xml_leaf_base64(out, "base64", text, strlen(text));
}

static void write_integer(XmlText *out, int64_t number)
{
    AUTO_FREE char *text = x_printf("%lld", (long long)number);
    xml_leaf(out, number >= INT32_MIN && number <= INT32_MAX ? "int" : "i8", text);
}

static void write_value(XmlText *out, json_t *value);

static void write_member(XmlText *out, const char *name, json_t *value)
{
    xml_open(out, "member");
    xml_leaf(out, "name", name);
    write_value(out, value);
    xml_close(out);
}

static void write_struct(XmlText *out, json_t *object)
{
    const char *name = NULL;
    json_t *value = NULL;
    xml_open(out, "struct");
    json_object_foreach(object, name, value)
        write_member(out, name, value);
    xml_close(out);
}

static void write_array(XmlText *out, json_t *array)
{
    xml_open(out, "array");
    xml_open(out, "data");
    for (size_t i = 0; i < json_array_size(array); i++)
        write_value(out, json_array_get(array, i));
    xml_close(out);
    xml_close(out);
}

/* The contract has no other types: no null, no fractions. */
static void write_value(XmlText *out, json_t *value)
{
    xml_open(out, "value");
    if (json_is_object(value))
        write_struct(out, value);
    else if (json_is_array(value))
        write_array(out, value);
    else if (json_is_integer(value))
        write_integer(out, json_integer_value(value));
    else if (json_is_boolean(value))
        xml_leaf(out, "boolean", json_is_true(value) ? "1" : "0");
    else
        write_string(out, str_or_empty(json_string_value(value)));
    xml_close(out);
}

char *xmlrpc_result_text(json_t *result)
{
    XmlText out = xml_text_begin();
    xml_open(&out, "methodResponse");
    xml_open(&out, "params");
    xml_open(&out, "param");
    write_value(&out, result);
    xml_close(&out);
    xml_close(&out);
    xml_close(&out);
    return xml_text_end(&out);
}

char *xmlrpc_fault_text(const Error *error)
{
    XmlText out = xml_text_begin();
    ErrorInfo info;
    error_to_info(error, &info);
    json_t *told = ErrorInfo_encode(&info); /* its text is valid UTF-8, whatever libvirt said */
    ErrorInfo_clear(&info);
    json_t *fault = json_object();
    json_object_set(fault, "faultCode", json_object_get(told, "code"));
    json_object_set(fault, "faultString", json_object_get(told, "message"));
    json_decref(told);
    xml_open(&out, "methodResponse");
    xml_open(&out, "fault");
    write_value(&out, fault);
    xml_close(&out);
    xml_close(&out);
    json_decref(fault);
    return xml_text_end(&out);
}

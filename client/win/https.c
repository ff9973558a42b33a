/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * WinHTTP, loaded when it is first needed: most runs of the program never do. Redirections are followed here, one by one, because each address must be https
 * again and only so many are taken. See https.h. Worker threads.
 */
#include "client/win/https.h"

#include "client/win/utf.h"

#include <stdlib.h>
#include <string.h>
#include <winhttp.h>

enum { TIMEOUT_MS = 10000, REDIRECTIONS_MAX = 3, HOST_MAX = 256, PATH_MAX_CHARS = 1024, ADDRESS_MAX_CHARS = 2048, PIECE = 8 << 10 };

#define WINHTTP_FUNCTIONS(F) \
    F(WinHttpOpen) F(WinHttpCloseHandle) F(WinHttpCrackUrl) F(WinHttpSetTimeouts) F(WinHttpConnect) F(WinHttpOpenRequest) F(WinHttpSetOption) \
    F(WinHttpSendRequest) F(WinHttpReceiveResponse) F(WinHttpQueryHeaders) F(WinHttpReadData)

typedef struct Library {
#define MEMBER(name) __typeof__(&name) name;
    WINHTTP_FUNCTIONS(MEMBER)
#undef MEMBER
} Library;

static bool load(Library *ret)
{
    HMODULE module = LoadLibraryExW(L"winhttp.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    FARPROC address = NULL;
    if (!module)
        return false;
#define LOAD(name) \
    if (!(address = GetProcAddress(module, #name))) \
        return false; \
    memcpy(&ret->name, &address, sizeof address);
    WINHTTP_FUNCTIONS(LOAD)
#undef LOAD
    return true;
}

typedef struct Request {
    const Library *library;
    HINTERNET session, connection, request;
    wchar_t host[HOST_MAX], path[PATH_MAX_CHARS];
    INTERNET_PORT port;
} Request;

static int fail(Error *err, const char *address, TextId cause) { return error_set(err, ERR_UPDATE_CHECK, address, "%s", text(cause)); }

static int fail_system(Error *err, const char *address)
{
    DWORD code = GetLastError();
    switch (code) {
    case ERROR_WINHTTP_NAME_NOT_RESOLVED:
    case ERROR_WINHTTP_CANNOT_CONNECT:
    case ERROR_WINHTTP_CONNECTION_ERROR:
    case ERROR_WINHTTP_TIMEOUT: return fail(err, address, TEXT_UPDATE_CAUSE_OFFLINE);
    default: break;
    }
    if (code >= ERROR_WINHTTP_SECURE_CERT_DATE_INVALID && code <= ERROR_WINHTTP_SECURE_FAILURE_PROXY)
        return fail(err, address, TEXT_UPDATE_CAUSE_CERTIFICATE);
    AUTO_FREE char *number = x_printf("%lu", code);
    AUTO_FREE char *cause = text_format(TEXT_UPDATE_CAUSE_SYSTEM, number, NULL);
    return error_set(err, ERR_UPDATE_CHECK, address, "%s", cause);
}

static int split(Request *request, const char *address, Error *err)
{
    AUTO_FREE wchar_t *wide = utf_to_wide(address);
    URL_COMPONENTS parts = {.dwStructSize = sizeof parts, .lpszHostName = request->host, .dwHostNameLength = HOST_MAX, .lpszUrlPath = request->path, .dwUrlPathLength = PATH_MAX_CHARS};
    if (strncmp(address, "https://", 8) != 0 || !request->library->WinHttpCrackUrl(wide, 0, 0, &parts) || parts.nScheme != INTERNET_SCHEME_HTTPS)
        return fail(err, address, TEXT_UPDATE_CAUSE_HTTPS);
    request->port = parts.nPort;
    return 0;
}

static int send_request(Request *request, const char *address, Error *err)
{
    const Library *library = request->library;
    DWORD off = WINHTTP_DISABLE_COOKIES | WINHTTP_DISABLE_REDIRECTS | WINHTTP_DISABLE_AUTHENTICATION;
    request->connection = library->WinHttpConnect(request->session, request->host, request->port, 0);
    if (request->connection)
        request->request = library->WinHttpOpenRequest(request->connection, L"GET", request->path, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES, WINHTTP_FLAG_SECURE);
    if (!request->request || !library->WinHttpSetOption(request->request, WINHTTP_OPTION_DISABLE_FEATURE, &off, sizeof off) ||
        !library->WinHttpSendRequest(request->request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, WINHTTP_NO_REQUEST_DATA, 0, 0, 0) ||
        !library->WinHttpReceiveResponse(request->request, NULL))
        return fail_system(err, address);
    return 0;
}

static DWORD status_of(const Request *request)
{
    DWORD status = 0, size = sizeof status;
    request->library->WinHttpQueryHeaders(request->request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER, WINHTTP_HEADER_NAME_BY_INDEX, &status, &size,
        WINHTTP_NO_HEADER_INDEX);
    return status;
}

/* Where a redirection leads, the caller frees; NULL: it is none. */
static char *redirection(const Request *request, DWORD status)
{
    wchar_t place[ADDRESS_MAX_CHARS] = L"";
    DWORD size = sizeof place - sizeof *place;
    if (status != 301 && status != 302 && status != 303 && status != 307 && status != 308)
        return NULL;
    if (!request->library->WinHttpQueryHeaders(request->request, WINHTTP_QUERY_LOCATION, WINHTTP_HEADER_NAME_BY_INDEX, place, &size, WINHTTP_NO_HEADER_INDEX))
        return x_strdup("");
    return utf_from_wide(place);
}

static int read_answer(const Request *request, const char *address, size_t max, char **ret, size_t *ret_size, Error *err)
{
    AUTO_FREE char *bytes = x_calloc(max + PIECE + 1, 1);
    size_t size = 0;
    for (DWORD got = 1; got;) {
        if (!request->library->WinHttpReadData(request->request, bytes + size, PIECE, &got))
            return fail_system(err, address);
        size += got;
        if (size > max)
            return fail(err, address, TEXT_UPDATE_CAUSE_LARGE);
    }
    bytes[size] = '\0';
    *ret = TAKE_PTR(bytes);
    *ret_size = size;
    return 0;
}

/* One step: *ret_next is set when the answer leads elsewhere. */
static int get_once(Request *request, const char *address, size_t max, char **ret_next, char **ret, size_t *ret_size, Error *err)
{
    int code = split(request, address, err);
    if (code == 0)
        code = send_request(request, address, err);
    if (code < 0)
        return code;
    DWORD status = status_of(request);
    *ret_next = redirection(request, status);
    if (*ret_next)
        return 0;
    if (status != 200) {
        AUTO_FREE char *number = x_printf("%lu", status);
        AUTO_FREE char *cause = text_format(TEXT_UPDATE_CAUSE_STATUS, number, NULL);
        return error_set(err, ERR_UPDATE_CHECK, address, "%s", cause);
    }
    return read_answer(request, address, max, ret, ret_size, err);
}

static int get_all(const Library *library, HINTERNET session, const char *address, size_t max, char **ret, size_t *ret_size, Error *err)
{
    AUTO_FREE char *at = x_strdup(address);
    for (int step = 0; step <= REDIRECTIONS_MAX; step++) {
        Request request = {.library = library, .session = session};
        char *next = NULL;
        int code = get_once(&request, at, max, &next, ret, ret_size, err);
        if (request.request)
            library->WinHttpCloseHandle(request.request);
        if (request.connection)
            library->WinHttpCloseHandle(request.connection);
        if (!next)
            return code;
        free(at);
        at = next;
    }
    return fail(err, address, TEXT_UPDATE_CAUSE_REDIRECTIONS);
}

int https_get(const char *address, size_t max, char **ret, size_t *ret_size, Error *err)
{
    Library library = {0};
    HINTERNET session = load(&library) ? library.WinHttpOpen(L"PoolCenter", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY, WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS, 0) : NULL;
    if (!session)
        return fail_system(err, address);
    library.WinHttpSetTimeouts(session, TIMEOUT_MS, TIMEOUT_MS, TIMEOUT_MS, TIMEOUT_MS);
    int code = get_all(&library, session, address, max, ret, ret_size, err);
    library.WinHttpCloseHandle(session);
    return code;
}

/*
 * The least that a FastCGI program can do, as a yardstick for the responder: it answers every
 * request with the same few bytes of JSON.
 */
#include <fcgiapp.h>
#include <stddef.h>

int main(void)
{
	static const char answer[] = "Status: 200 OK\r\n"
				     "Content-Type: application/json\r\n"
				     "Content-Length: 17\r\n"
				     "\r\n"
				     "{\"hello\":\"world\"}";
	FCGX_Request request;

	if (FCGX_Init() || FCGX_InitRequest(&request, 0, 0))
		return 1;
	while (!FCGX_Accept_r(&request)) {
		FCGX_PutStr(answer, sizeof(answer) - 1, request.out);
		FCGX_Finish_r(&request);
	}
	return 0;
}

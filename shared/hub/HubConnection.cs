using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace FakeNewsOnnx.Hub;

/// <summary>
/// HTTP with the hub. The user's token goes to the hub alone, never to a host that it redirects to. What a server has too much of at the moment, 429 or 5xx, is
/// asked for again after a wait, which grows or is the one that the server asks for.
/// </summary>
internal sealed class HubConnection : IDisposable
{
    private const int MostAttempts = 6;
    private const int MostAttemptsWithoutAnswer = 3;
    private const int MostRedirects = 10;
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HubOptions _options;
    private readonly HttpClient _client;

    public HubConnection(HubOptions options)
    {
        _options = options;
        var retries = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Clock }.AddRetry(new HttpRetryStrategyOptions
        {
            MaxRetryAttempts = MostAttempts - 1,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = FirstWait,
            MaxDelay = LongestWait,
            ShouldHandle = attempt => ValueTask.FromResult(
                HttpClientResiliencePredicates.IsTransient(attempt.Outcome)
                && !(WaitOf(attempt.Outcome.Result) > LongestWait)
                && (attempt.Outcome.Exception is null || attempt.AttemptNumber < MostAttemptsWithoutAnswer - 1)),
            DelayGenerator = attempt => ValueTask.FromResult(WaitOf(attempt.Outcome.Result)),
            OnRetry = attempt =>
            {
                string what = attempt.Outcome.Result is { } answer ? $"the hub answers {(int)answer.StatusCode}" : attempt.Outcome.Exception!.Message;
                options.Progress.Note(FormattableString.Invariant($"{what}; attempt {attempt.AttemptNumber + 2} of {(attempt.Outcome.Exception is null ? MostAttempts : MostAttemptsWithoutAnswer)} in {attempt.RetryDelay.TotalSeconds:0} s"));
                return ValueTask.CompletedTask;
            },
        }).Build();
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(30), MaxResponseHeadersLength = 64 };
        _client = new(new ResilienceHandler(retries) { InnerHandler = new AnswerTimeout(Patience) { InnerHandler = sockets } }) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("FakeNewsOnnx/0.1");
    }

    /// <summary>The address of something on the hub.</summary>
    /// <param name="path">Escaped already.</param>
    public Uri AddressOf(string path) => new($"{_options.Endpoint.AbsoluteUri.TrimEnd('/')}/{path}");

    /// <summary>Sends a request and follows redirects: on the hub's own host always, to another one only if asked to.</summary>
    /// <returns>An answer of success, or a redirect that was not followed.</returns>
    /// <exception cref="HubException">No answer, or one that is neither.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Uri address, bool leavesHub, long? from, CancellationToken cancellation)
    {
        Uri asked = address;
        for (int redirects = 0; ; redirects++)
        {
            HttpResponseMessage answer = await SendOnceAsync(method, address, from, cancellation).ConfigureAwait(false);
            if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                return answer;
            }

            if ((int)answer.StatusCode is not (301 or 302 or 303 or 307 or 308) || answer.Headers.Location is not { } location)
            {
                using (answer)
                {
                    throw Refusal(answer, asked);
                }
            }

            var next = new Uri(address, location);
            if (!IsHub(next) && !leavesHub)
            {
                return answer;
            }

            answer.Dispose();
            if (redirects == MostRedirects || next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http"))
            {
                throw new HubException($"{asked}: expected a redirect to a file; found {(redirects == MostRedirects ? $"more than {MostRedirects} redirects" : $"one to {next.Scheme}://{next.Host}")}.");
            }

            address = next;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendOnceAsync(HttpMethod method, Uri address, long? from, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, address);
        request.Headers.AcceptEncoding.ParseAdd("identity");
        request.Headers.Range = from is null ? null : new(from, null);
        request.Headers.Authorization = _options.Token is { } token && IsHub(address) ? new("Bearer", token) : null;
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new HubException($"{address.GetLeftPart(UriPartial.Path)}: {e.Message}", e) { IsUnreachable = true };
        }
        catch (FormatException e)
        {
            throw new HubException("HF_TOKEN: expected a token of letters and digits; found other characters.", e);
        }
    }

    private bool IsHub(Uri address) => Uri.Compare(address, _options.Endpoint, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;

    private HubException Refusal(HttpResponseMessage answer, Uri address)
    {
        int status = (int)answer.StatusCode;
        string reason = status switch
        {
            401 or 403 => $"not for everyone, or not there. If it is private or its terms must be accepted, do that on its page and set HF_TOKEN{(_options.Token is null ? ", which is not set" : "; the token that is set does not open it")}",
            404 => "not there",
            429 => $"too many requests{(WaitOf(answer) is { } wait ? FormattableString.Invariant($"; it asks to wait {wait.TotalSeconds:0} s") : "")}",
            _ => "it does not work at the moment",
        };
        return new($"{address.GetLeftPart(UriPartial.Path)}: the hub answers {status}: {reason}.") { IsMissing = status == 404, IsUnreachable = status >= 500 };
    }

    private TimeSpan? WaitOf(HttpResponseMessage? answer)
    {
        RetryConditionHeaderValue? asked = answer?.Headers.RetryAfter;
        TimeSpan? wait = asked?.Delta ?? (asked?.Date is { } date ? date - _options.Clock.GetUtcNow() : null);
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    /// <summary>Gives up on a server that accepts a request and says nothing; the attempt counts as a failed one.</summary>
    private sealed class AnswerTimeout(TimeSpan patience) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(patience);
            try
            {
                return await base.SendAsync(request, limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new HttpRequestException(FormattableString.Invariant($"no answer in {patience.TotalSeconds:0} s"), e);
            }
        }
    }
}

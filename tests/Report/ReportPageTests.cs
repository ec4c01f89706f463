using System.Text.Json;
using System.Text.Json.Nodes;
using FakeNewsOnnx.Train.Report;

namespace FakeNewsOnnx.Tests.Report;

/// <summary>The page as a reader has it: in a browser, in light and dark, on a phone, on paper.</summary>
internal sealed class ReportPageTests
{
    /// <summary>The lowest ratio between the brightness of a text and of the ground under it, and whose it is (WCAG 2.2, 1.4.3).</summary>
    private const string LowestContrast = """
        (() => {
          const channels = color => color.match(/[\d.]+/g).map(Number);
          const luminance = color => {
            const [r, g, b] = channels(color).map(c => c / 255).map(c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
            return .2126 * r + .7152 * g + .0722 * b;
          };
          const ground = element => {
            for (let e = element; e; e = e.parentElement) {
              const color = getComputedStyle(e).backgroundColor;
              if (channels(color)[3] !== 0) return color;
            }
          };
          const found = [];
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            const element = texts.currentNode.parentElement;
            if (!texts.currentNode.data.trim() || element.closest('desc, title')) continue;
            const style = getComputedStyle(element);
            const [light, dark] = [luminance(element.closest('svg') ? style.fill : style.color), luminance(ground(element))].sort((a, b) => b - a);
            found.push({ ratio: (light + .05) / (dark + .05), what: `${element.outerHTML.slice(0, 200)} on ${ground(element)}` });
          }
          return found.sort((a, b) => a.ratio - b.ratio)[0];
        })()
        """;

    private Chromium? _chromium;
    private TemporaryFolder _folder = null!;

    private Chromium Browser => _chromium!;

    private string PagePath => _folder.In(ReportWriter.FileName);

    [OneTimeSetUp]
    public async Task OpenPage()
    {
        _folder = new();
        _chromium = await Chromium.StartAsync();
        ReportWriter.Write(PagePath, SampleReport.Full);
        await Browser.OpenAsync(PagePath);
    }

    [OneTimeTearDown]
    public async Task Close()
    {
        if (_chromium is not null)
        {
            await _chromium.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Test]
    public async Task Page_HasEverySection() => Assert.That(await Strings("[...document.querySelectorAll('main h2')].map(e => e.id)"), Is.EqualTo(new[]
    {
        "comparison", "sources", "metrics", "errors", "training", "lengths", "audit", "sample", "mistakes", "provenance", "articles",
    }));

    [Test]
    public async Task Page_HasItsPlotsDrawnAndNamed()
    {
        Assert.That(await Strings("[...document.querySelectorAll('svg[role=img]')].map(e => document.getElementById(e.getAttribute('aria-labelledby').split(' ')[0]).textContent)"), Is.EqualTo(new[]
        {
            "ROC curve", "Reliability", "Loss", "Learning rate", "Tokens of the articles",
        }));
        Assert.That(await Strings("[...document.querySelectorAll('svg')].filter(e => ![...e.querySelectorAll('.stroke-series-0, .fill-series-0')].some(curve => curve.getBoundingClientRect().width > 50 || e.querySelectorAll('.fill-series-0').length > 3)).map(e => e.outerHTML)"), Is.Empty);
        Assert.That(await Number("document.querySelector('#plot-reliability-title').closest('svg').querySelectorAll('ellipse.fill-series-1').length"), Is.EqualTo(3), "one for each bin that is not empty");
    }

    [Test]
    public async Task Tables_SayWhatWasMeasured()
    {
        Assert.That(await Strings("[...document.querySelectorAll('caption')].find(e => e.textContent.startsWith('Confusion')).parentElement.querySelectorAll('tbody td').values().map(e => e.textContent).toArray()"), Is.EqualTo(new[]
        {
            "15 68.2\u00a0%", "7 31.8\u00a0%", "4 13.3\u00a0%", "26 86.7\u00a0%",
        }));
        Assert.That(await Strings("[...document.querySelectorAll('[aria-labelledby=comparison] tbody tr')].map(e => [...e.cells].at(0).textContent + ' | ' + [...e.cells].at(1).textContent + ' | ' + [...e.cells].at(-1).textContent)"), Is.EqualTo(new[]
        {
            "this model | 0.788 0.688–0.888 | ", "majority class | 0.577 0.477–0.677 | 0.052", "TF-IDF + logistic regression | 0.808 0.708–0.908 | 1.000", "base model | 0.538 0.438–0.638 | < 0.001",
        }));
        Assert.That(await Number("document.querySelectorAll('[aria-labelledby=sample] tbody tr').length"), Is.EqualTo(20));
    }

    [Test]
    public async Task Links_LeadToPlacesOnThePage()
    {
        Assert.That(await Strings("[...document.querySelectorAll('a')].map(e => e.getAttribute('href')).filter(href => !href.startsWith('#') || !document.getElementById(href.slice(1)))"), Is.Empty);
        Assert.That(await Strings("[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)"), Is.Empty, "ids that are there twice");
        Assert.That(await Number("document.querySelectorAll('article').length"), Is.EqualTo(21), "20 sampled and 2 mistakes, one of them in both");
    }

    [Test]
    public async Task Articles_MarkTheSentencesThatCarryTheVerdict() => Assert.That(
        await Strings("[...document.querySelectorAll('#article-2 mark')].map(e => e.className + ' ' + e.querySelector('small').textContent)"),
        Is.EqualTo(new[] { "toward-3 +0.30", "toward-2 +0.12", "away-2 −0.06" }));

    [Test]
    public async Task StrangersMarkup_IsText()
    {
        Assert.That((await Browser.EvaluateAsync("typeof window.pwned")).GetString(), Is.EqualTo("undefined"));
        Assert.That(await Number("document.querySelectorAll('script, img, iframe, object, [onerror], [onload], [style]').length"), Is.Zero);
        Assert.That((await Browser.EvaluateAsync("document.title")).GetString(), Does.Contain(SampleReport.Script));
        Assert.That((await Browser.EvaluateAsync("document.querySelector('#article-3 .prose').textContent")).GetString(), Does.Contain(SampleReport.Script).And.Contain(SampleReport.Image));
        Assert.That((await Browser.EvaluateAsync("document.querySelector('[aria-labelledby=metrics]').textContent")).GetString(), Does.Contain(SampleReport.Script).And.Contain(SampleReport.Image));
    }

    [Test]
    public async Task Page_SaysNothingToTheConsoleAndLoadsNothing()
    {
        await Browser.OpenAsync(PagePath);
        await Browser.EvaluateAsync("new Promise(requestAnimationFrame)");
        Assert.That(Browser.Messages, Is.Empty);
        Assert.That(Browser.Requests, Is.EqualTo(new[] { new Uri(PagePath).AbsoluteUri }));
    }

    /// <summary>Were a text of a stranger markup after all, the page's policy would still not let it run.</summary>
    [Test]
    public async Task Policy_StopsAScriptAndAnImageThatGotIn()
    {
        await using Chromium other = await Chromium.StartAsync();
        string page = _folder.In("injected.html");
        File.WriteAllText(page, File.ReadAllText(PagePath).Replace("<main>", $"<main>{SampleReport.Script}{SampleReport.Image}", StringComparison.Ordinal));

        await other.OpenAsync(page);

        Assert.That((await other.EvaluateAsync("typeof window.pwned")).GetString(), Is.EqualTo("undefined"));
        Assert.That(other.Messages.Count(message => message.Contains("Content Security Policy", StringComparison.Ordinal)), Is.GreaterThanOrEqualTo(2));
    }

    [Test]
    public async Task Phone_NeverScrollsThePageSideways()
    {
        await Browser.SendAsync("Emulation.setDeviceMetricsOverride", new() { ["width"] = 375, ["height"] = 812, ["deviceScaleFactor"] = 2, ["mobile"] = true });
        Assert.That(await Number("window.innerWidth"), Is.EqualTo(375));
        Assert.That(await Number("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(375));
        Assert.That(await Number("[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth).length"), Is.GreaterThan(0), "tables that scroll in their own box");
        Assert.That(await Number("Math.min(...[...document.querySelectorAll('svg text')].map(e => e.getBoundingClientRect().height))"), Is.GreaterThan(9), "height of the smallest text in a plot");
        await Browser.SendAsync("Emulation.clearDeviceMetricsOverride");
    }

    [TestCase("light", "rgb(255, 255, 255)")]
    [TestCase("dark", "rgb(19, 22, 27)")]
    public async Task Text_StandsOutFromItsGround(string scheme, string ground)
    {
        await Browser.SendAsync("Emulation.setEmulatedMedia", new() { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) });
        Assert.That((await Browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor")).GetString(), Is.EqualTo(ground));
        JsonElement lowest = await Browser.EvaluateAsync(LowestContrast);
        Assert.That(lowest.GetProperty("ratio").GetDouble(), Is.GreaterThanOrEqualTo(4.5), lowest.GetProperty("what").GetString());
    }

    [Test]
    public async Task Paper_IsLightAndHasPages()
    {
        await Browser.SendAsync("Emulation.setEmulatedMedia", new() { ["media"] = "print", ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = "dark" }) });
        Assert.That((await Browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor")).GetString(), Is.EqualTo("rgb(255, 255, 255)"));
        Assert.That((await Browser.EvaluateAsync("getComputedStyle(document.querySelector('nav')).display")).GetString(), Is.EqualTo("none"));
        JsonElement printed = await Browser.SendAsync("Page.printToPDF", new() { ["printBackground"] = true });
        string pdf = System.Text.Encoding.Latin1.GetString(printed.GetProperty("data").GetBytesFromBase64());
        Assert.That(pdf.Split("/Type /Page\n").Length - 1, Is.InRange(5, 20), "pages");
        await Browser.SendAsync("Emulation.setEmulatedMedia", new() { ["media"] = "" });
    }

    private async Task<string[]> Strings(string expression) => [.. (await Browser.EvaluateAsync(expression)).EnumerateArray().Select(item => item.GetString()!)];

    private async Task<double> Number(string expression) => (await Browser.EvaluateAsync(expression)).GetDouble();
}

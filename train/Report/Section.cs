namespace FakeNewsOnnx.Train.Report;

/// <summary>A part of the page.</summary>
/// <param name="Id">Its anchor.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Body">What stands under it.</param>
internal sealed record Section(string Id, string Title, Html Body)
{
    public Html Write() => Html.Of($"""
        <section aria-labelledby="{Id}">
        <h2 id="{Id}">{Title}</h2>
        {Body}
        </section>

        """);
}

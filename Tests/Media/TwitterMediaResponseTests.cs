using System.Text;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Media;

namespace OrleansTwitterProxy.Tests.Media;

public sealed class TwitterMediaResponseTests
{
    [Theory]
    [InlineData("""{"data":{"id":"1849","media_key":"7_1849"}}""", null)]
    [InlineData("""{"data":{"id":"1849","processing_info":{"state":"in_progress","check_after_secs":5}}}""", "in_progress")]
    [InlineData("""{"data":{"processing_info":{"state":"succeeded"}}}""", "succeeded")]
    [InlineData("""{"media_id":1849,"media_id_string":"1849","processing_info":{"state":"pending"}}""", "pending")] // as v1.1 had it
    [InlineData("""{"media_id":"1849","media_key":"7_1849"}""", null)]
    public void An_answer_about_the_media_is_read_in_every_form(string body, string? state)
    {
        var answer = Of(body);

        Assert.True(answer.IsAbout("1849"));
        Assert.Equal(state, answer.Processing?.State);
    }

    [Theory]
    [InlineData("""{"errors":[{"title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found"}]}""")]
    [InlineData("""{"data":{"id":"1850"}}""")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":null}""")]
    [InlineData("<html><body>OK</body></html>")]
    [InlineData("")]
    public void An_answer_that_does_not_name_the_media_says_nothing_of_it(string body) => Assert.False(Of(body).IsAbout("1849"));

    [Theory]
    [InlineData("""{"errors":[{"title":"x"}]}""", true)]
    [InlineData("""{"data":{},"errors":[{"title":"x"}]}""", true)]
    [InlineData("""{"data":null,"errors":[{"title":"x"}]}""", true)]
    [InlineData("""{"data":{"id":"1"},"errors":[{"title":"x"}]}""", false)]
    [InlineData("""{"errors":[]}""", false)]
    public void A_200_without_data_that_names_errors_refuses(string body, bool refuses) => Assert.Equal(refuses, Of(body).IsErrorsAlone);

    [Theory]
    [InlineData("""{"state":"FAILED","error":{"name":"InvalidMedia"}}""", "failed", "InvalidMedia")]
    [InlineData("""{"state":"failed","error":{"code":1,"message":"bad codec"}}""", "failed", "bad codec")]
    [InlineData("""{"state":"failed","error":{"detail":"bad frame"}}""", "failed", "bad frame")]
    [InlineData("""{"state":"failed","error":"bad file"}""", "failed", "bad file")]
    public void What_X_says_of_its_processing_is_read_in_every_form(string processing, string state, string words)
    {
        var answer = Of("""{"data":{"id":"1849","processing_info":""" + processing + "}}");

        Assert.Equal((state, words), (answer.Processing!.State, answer.Processing.Error));
    }

    private static TwitterMediaResponse Of(string body) =>
        TwitterMediaResponse.Of(new ForwardResponse { Status = 200, Body = Encoding.UTF8.GetBytes(body) });
}

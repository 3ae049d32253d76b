using Orleans;
using Orleans.Runtime;
using OrleansTwitterProxy.Grains.Interfaces.App;
using OrleansTwitterProxy.Grains.Interfaces.Circuit;
using OrleansTwitterProxy.Grains.Interfaces.Media;
using OrleansTwitterProxy.Grains.Interfaces.Sessions;
using OrleansTwitterProxy.Grains.Interfaces.SignIn;
using OrleansTwitterProxy.Grains.Interfaces.Streams;

namespace OrleansTwitterProxy.Grains.Interfaces;

/// <summary>References to the proxy's grains. Getting a reference costs nothing, and the grain's state need not exist.</summary>
public static class ProxyGrains
{
    extension(IGrainFactory grains)
    {
        /// <param name="accountId">X's numeric user id, as X writes it.</param>
        public IUserSessionGrain Session(string accountId) => Reference<IUserSessionGrain>.To(grains, accountId);

        /// <param name="signInId">The id of the sign-in, which its OAuth <c>state</c> seals.</param>
        public ISignInGrain SignIn(string signInId) => grains.GetGrain<ISignInGrain>(signInId);

        /// <param name="uploadId">The id created when the upload began.</param>
        public IMediaUploadGrain Upload(string uploadId) => grains.GetGrain<IMediaUploadGrain>(uploadId);

        /// <summary>The singleton that calls X with the app's own token.</summary>
        public IAppSessionGrain App => grains.GetGrain<IAppSessionGrain>(IAppSessionGrain.Key);

        /// <param name="name">Of the stream, from <c>StreamName</c>.</param>
        public IEventStreamGrain EventStream(string name) => grains.GetGrain<IEventStreamGrain>(name);

        /// <summary>The singleton that owns X's health.</summary>
        public ICircuitBreakerGrain Circuit => grains.GetGrain<ICircuitBreakerGrain>(ICircuitBreakerGrain.Key);
    }

    /// <summary>
    /// Makes references of a kind without asking for the names of its types each time, which Orleans formats anew for every reference: 3 %
    /// of what a forwarded call costs.
    /// </summary>
    private static class Reference<TGrain>
        where TGrain : class, IGrainWithStringKey
    {
        private static GrainReference? _first;

        public static TGrain To(IGrainFactory grains, string key)
        {
            if (_first is { } first)
                return (TGrain)grains.GetGrain(GrainId.Create(first.GrainId.Type, key), first.InterfaceType);
            var grain = grains.GetGrain<TGrain>(key);
            _first = grain as GrainReference;
            return grain;
        }
    }
}
